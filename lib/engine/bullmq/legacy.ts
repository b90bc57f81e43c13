import type { Job } from 'bullmq';
import type { WorkerMemory } from '../../core/worker-memory.js';
import { OrchestratorStoppedError } from '../../core/errors.js';
import { within } from './deadline.js';
import { imageOfError } from './error-image.js';
import {
  attemptJobId,
  type Answer,
  type AttemptJob,
  type AttemptReport,
  type Command,
  type MemoryJob,
  type OrchestratorMemoryJob,
  type TriggerCommand,
  type WorkerMemoryJob,
} from './messages.js';
import type { RunImage } from '../../core/run-image.js';
import { reportOf } from './run-reports.js';
import type { Store } from './store.js';

export interface OldAttempt {
  readonly job: Job<AttemptJob, AttemptReport>;
  readonly data: AttemptJob;
  readonly stands: 'waiting' | 'active' | 'finished';
  /** Of a finished one; `undefined` where it is lost. */
  readonly report: AttemptReport | undefined;
}

export interface OldTrigger {
  readonly id: string;
  readonly command: TriggerCommand;
  /** Whether a former leader has taken it up, and so accepted it. */
  readonly wasAccepted: boolean;
}

/** What former leaders have left in the store. */
export interface Legacy {
  /** The newest of each worker. */
  readonly memories: ReadonlyMap<string, WorkerMemory>;
  readonly paused: readonly string[];
  /** What concerns no single worker; nothing where there was no leader before. */
  readonly everything: OrchestratorMemoryJob | undefined;
  /** The latest of each run, where no former leader has remembered its end; in the order in which they were granted. */
  readonly attempts: readonly OldAttempt[];
  /** Runs between two attempts, or whose attempt the store never got. */
  readonly retries: readonly RunImage[];
  /** Triggers that no leader has answered to the end, oldest first. */
  readonly triggers: readonly OldTrigger[];
  /** How runs have ended whose triggers may not have been told so. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** What to remove once all this is remembered anew. */
  readonly outdated: readonly Job[];
}

/** A job may move on while the lists are read, but not past both readings. */
const READINGS = 2;

export async function readLegacy(store: Store, patienceMs: number): Promise<Legacy> {
  const memoryJobs = (await within(
    patienceMs,
    'reading what is remembered',
    store.queue('memory').getJobs(['wait']),
  )) as Job<MemoryJob>[];
  const snapshots = newestSnapshots(memoryJobs);
  const everything = newestOfEverything(memoryJobs);
  const attempts = await readAttempts(store, patienceMs);

  const memories = new Map<string, WorkerMemory>();
  for (const [worker, { memory }] of snapshots) memories.set(worker, memory);
  for (const { data } of attempts) {
    const { token = 0 } = snapshots.get(data.run.worker) ?? {};
    if (data.token > token) memories.set(data.run.worker, data.memory);
  }
  const isRemembered = ({ data, stands }: OldAttempt): boolean => {
    const snapshot = snapshots.get(data.run.worker);
    if (stands !== 'finished' || snapshot === undefined || data.token > snapshot.token)
      return false;
    const { runId, number } = data.order;
    return !snapshot.attempts.some((one) => one.runId === runId && one.number === number);
  };
  const latest = new Map(attempts.map((attempt) => [attempt.data.order.runId, attempt]));
  const standing = attempts.filter(
    (attempt) => latest.get(attempt.data.order.runId) === attempt && !isRemembered(attempt),
  );
  const isStanding = new Set(standing.map(({ data }) => data.order.runId));
  return {
    memories,
    everything,
    paused: [...snapshots].filter(([, { isPaused }]) => isPaused).map(([worker]) => worker),
    attempts: standing,
    retries: [...snapshots.values()]
      .flatMap(({ retries }) => retries)
      .filter(
        ({ id, attempts: made }) => !isStanding.has(id) && attemptsMade(latest.get(id)) <= made,
      ),
    answers: new Map([
      ...Object.entries(everything?.unanswered ?? {}),
      ...[...latest]
        .filter(([, attempt]) => attempt.stands === 'finished' && returnedAs(attempt) === undefined)
        .map(([runId, { report }]): [string, Answer] => [runId, answerOf(report)]),
    ]),
    triggers: await readTriggers(store, patienceMs),
    outdated: memoryJobs,
  };
}

/** By the run's latest attempt. */
function attemptsMade(latest: OldAttempt | undefined): number {
  if (latest === undefined) return 0;
  const { number } = latest.data.order;
  return returnedAs(latest) === 'unbegun' ? number - 1 : number;
}

function returnedAs({ report }: OldAttempt): 'unbegun' | 'interrupted' | undefined {
  return report !== undefined && 'returned' in report ? report.returned : undefined;
}

async function readTriggers(store: Store, patienceMs: number): Promise<Legacy['triggers']> {
  const queue = store.queue('commands');
  const jobs = (await within(
    patienceMs,
    'reading the commands',
    queue.getJobs(['active', 'wait']),
  )) as Job<Command>[];
  return jobs
    .sort((one, other) => one.timestamp - other.timestamp)
    .flatMap(({ id = '', data, attemptsStarted }) =>
      data.type === 'trigger' ? [{ id, command: data, wasAccepted: attemptsStarted > 0 }] : [],
    );
}

function newestSnapshots(jobs: readonly Job<MemoryJob>[]): Map<string, WorkerMemoryJob> {
  const newest = new Map<string, WorkerMemoryJob>();
  for (const { data } of jobs) {
    if (!('memory' in data)) continue;
    const known = newest.get(data.memory.worker);
    if (known === undefined || known.term < data.term) newest.set(data.memory.worker, data);
  }
  return newest;
}

function newestOfEverything(jobs: readonly Job<MemoryJob>[]): OrchestratorMemoryJob | undefined {
  const told = jobs.flatMap(({ data }) => ('roster' in data ? [data] : []));
  return told.sort((one, other) => other.term - one.term)[0];
}

async function readAttempts(store: Store, patienceMs: number): Promise<OldAttempt[]> {
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

/** One whose lock has expired waits once more, to be failed by whoever picks it up: it is lost. */
function standOf(
  job: Job<AttemptJob, AttemptReport>,
  stands: OldAttempt['stands'],
): Pick<OldAttempt, 'stands' | 'report'> {
  if (stands === 'finished') return { stands, report: reportOf(job) };
  const isLost = stands === 'waiting' && Boolean(job.deferredFailure);
  return { stands: isLost ? 'finished' : stands, report: undefined };
}

const LISTS = {
  waiting: ['wait', 'delayed'],
  active: ['active'],
  finished: ['completed', 'failed'],
} as const satisfies Record<OldAttempt['stands'], readonly string[]>;

function answerOf(report: AttemptReport | undefined): Answer {
  if (report === undefined || 'returned' in report) {
    return { error: imageOfError(new OrchestratorStoppedError('stopped')) };
  }
  return report.error === undefined ? { value: report.value } : { error: report.error };
}
