import type { Job } from 'bullmq';
import type { AttemptImage } from '../../core/state/image.js';
import { calledOffReport } from './called-off-report.js';
import { within } from './deadline.js';
import {
  attemptJobId,
  type AbortedProgress,
  type AttemptJob,
  type AttemptReport,
} from './messages.js';
import { reportOf } from './run-reports.js';
import type { Store } from './store.js';

/** An attempt that a former leader has granted. */
export interface OldAttempt {
  readonly job: Job<AttemptJob, AttemptReport>;
  readonly data: AttemptJob;
  readonly stands: 'waiting' | 'active' | 'finished';
  /** Of a finished one; `undefined` where it is lost. */
  readonly report: AttemptReport | undefined;
  /** Where its outcome is fixed, and its body goes on: its run has ended, or goes on without it. */
  readonly lingers?: AttemptImage;
}

/** A job may move on while the lists are read, but not past both readings. */
const READINGS = 2;

export async function readAttempts(store: Store, patienceMs: number): Promise<OldAttempt[]> {
  const queue = store.queue('runs');
  const found = new Map<string, OldAttempt>();
  for (let reading = 1; reading <= READINGS; reading++) {
    for (const stands of ['waiting', 'active', 'finished'] as const) {
      const jobs = (await within(
        patienceMs,
        'reading the runs',
        queue.getJobs([...LISTS[stands]]),
      )) as Job<AttemptJob, AttemptReport>[];
      for (const job of jobs) {
        // What was removed meanwhile is a gap in the list.
        const { data } = job as { data?: AttemptJob };
        if (data?.order === undefined) continue;
        found.set(attemptJobId(data), { job, data, ...standOf(job, stands) });
      }
    }
  }
  return [...found.values()].sort((one, other) => one.data.token - other.data.token);
}

/**
 * One whose lock has expired waits once more, to be failed by whoever picks it up: it is lost. One that was called off has
 * not begun, and will not.
 */
function standOf(
  job: Job<AttemptJob, AttemptReport>,
  stands: OldAttempt['stands'],
): Pick<OldAttempt, 'stands' | 'report'> {
  const calledOff = calledOffReport(job.data, job.data.calledOff);
  if (calledOff !== undefined) return { stands: 'finished', report: calledOff };
  if (stands === 'finished') return { stands, report: reportOf(job) };
  const isLost = stands === 'waiting' && Boolean(job.deferredFailure);
  return { stands: isLost ? 'finished' : stands, report: undefined };
}

const LISTS = {
  waiting: ['wait', 'delayed'],
  active: ['active'],
  finished: ['completed', 'failed'],
} as const satisfies Record<OldAttempt['stands'], readonly string[]>;

/** What its replica has told of an attempt that was aborted. */
export function abortedIn({ progress }: OldAttempt['job']): AbortedProgress | undefined {
  const told = progress as Partial<AbortedProgress>;
  return told.aborted === undefined ? undefined : (told as AbortedProgress);
}

/** By the run's latest attempt. */
export function attemptsMade(latest: OldAttempt | undefined): number {
  if (latest === undefined) return 0;
  const { number } = latest.data.order;
  return returnedAs(latest) === 'unbegun' ? number - 1 : number;
}

export function returnedAs({ report }: OldAttempt): 'unbegun' | 'interrupted' | undefined {
  return report !== undefined && 'returned' in report ? report.returned : undefined;
}
