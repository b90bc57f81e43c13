import type { Worker } from 'bullmq';
import { DelayedError } from 'bullmq';
import type { AttemptOutcome } from '../../core/attempt-outcome.js';
import { LeaseLostError, RunCancelledError } from '../../core/errors.js';
import type { Alarms } from '../../execution/alarms.js';
import type { RunningAttempt } from '../../execution/attempt-spec.js';
import { isStorable } from '../../execution/storable.js';
import type { EngineHost, EngineWorker } from '../engine.js';
import { AttemptHouse } from '../in-process/attempt-house.js';
import { STOPPING } from '../in-process/drain.js';
import { AttemptNews } from './attempt-news.js';
import { calledOffReport } from './called-off-report.js';
import { within } from './deadline.js';
import { imageOfError } from './error-image.js';
import { Fetchers, type AttemptOf } from './fetchers.js';
import { Lease, USABLE } from './lease.js';
import type { AttemptJob, AttemptReport } from './messages.js';
import type { Store } from './store.js';

/** Until another replica, which knows its worker, may pick up an attempt that this one does not know. */
const LEAVE_TO_OTHERS_MS = 250;
const LONGEST_RESULT = 256 * 1024;
const MOST_REMEMBERED_ABORTS = 1_000;

/** Nobody waits for a run that stops its own replica; begun anew elsewhere, it would stop that one too. */
const STOPPED_ITSELF: Aborted = {
  outcome: { status: 'cancelled', why: 'it has stopped its replica' },
  value: undefined,
};

interface Assignment {
  readonly job: AttemptOf;
  readonly report: (report: AttemptReport) => void;
  readonly lease: Lease;
  readonly news: AttemptNews;
  /** Which has picked it up. */
  readonly fetcher: Worker;
  /** Whether it holds its place after it was abandoned. */
  readonly holdsPlace: boolean;
  /** By hand, before it was aborted even. */
  isFreed: boolean;
  /** Fixed, while its body has not settled. */
  aborted?: Aborted;
  /** Whether another may begin in its place, though it has not settled. */
  hasMadeRoom: boolean;
}

interface Aborted {
  readonly outcome: AttemptOutcome;
  readonly value: unknown;
}

/** Executes what leaders grant. */
export class Executor {
  readonly house: AttemptHouse;
  /** By run and number of the attempt. */
  private readonly assignments = new Map<string, Assignment>();
  /** Jobs that were to be aborted before they were picked up, and why. */
  private readonly abortedEarly = new Map<string, string>();
  isResting = true;
  private fetchers: Fetchers | undefined;

  constructor(
    private readonly alarms: Alarms,
    private readonly host: EngineHost,
    private readonly leaseMs: number,
    /** What was granted in an earlier term is outdated. */
    private readonly currentTerm: () => number,
  ) {
    this.house = new AttemptHouse(alarms, host.clock, {
      progressed: (attempt, fraction, message) => {
        this.assignments.get(keyOf(attempt))?.news.tellProgress(fraction, message);
      },
      ended: (attempt, outcome, value, isSettled) => {
        if (isSettled) this.report(attempt, outcome, value);
        else this.endEarly(attempt, { outcome, value });
      },
      settled: (attempt) => {
        const { aborted } = this.assignments.get(keyOf(attempt)) ?? {};
        if (aborted !== undefined) this.report(attempt, aborted.outcome, aborted.value);
      },
      abandoned: (attempt) => {
        const assignment = this.assignments.get(keyOf(attempt));
        if (assignment?.aborted !== undefined) this.tellAborted(attempt, assignment.aborted, true);
        if (assignment?.holdsPlace === false) this.makeRoom(assignment);
      },
    });
  }

  /** @param onReported called when the store has a report, before anybody hears of it through the store */
  work(
    store: Store,
    replica: string,
    places: number,
    onReported: (jobId: string, report: AttemptReport) => void,
  ): void {
    this.fetchers = new Fetchers(
      store,
      replica,
      places,
      this.leaseMs,
      this.host.clock,
      (...fetched) => this.execute(...fetched),
      onReported,
    );
  }

  /** May begin what it is granted. */
  rise(): void {
    this.isResting = false;
  }

  /** Begins nothing more. */
  rest(): void {
    this.isResting = true;
    void this.fetchers?.rest();
  }

  /** What has not settled by now is given up; others need not wait for its lease to end. */
  async close(mostMs: number): Promise<void> {
    for (const { lease, report, aborted } of this.assignments.values()) {
      lease.giveUp();
      report(reportOf(aborted ?? STOPPED_ITSELF));
    }
    this.assignments.clear();
    if (this.fetchers === undefined) return;
    await within(mostMs, 'reporting', this.fetchers.rest()).catch(() => undefined);
    await within(mostMs, 'closing', this.fetchers.close()).catch(() => undefined);
  }

  abort(jobId: string, why: string): void {
    const assignment = [...this.assignments.values()].find(({ job }) => job.id === jobId);
    if (assignment === undefined) {
      this.abortedEarly.set(jobId, why);
      const [oldest] = this.abortedEarly.keys();
      if (this.abortedEarly.size > MOST_REMEMBERED_ABORTS) this.abortedEarly.delete(oldest ?? '');
      return;
    }
    const { runId, number, worker } = assignment.job.data.order;
    this.house.abort(runId, number, new RunCancelledError(worker, runId, why), why);
  }

  /** Frees what the run's attempts have left behind, whether they settle or not. */
  abandon(runId: string): void {
    this.house.abandon(runId);
    for (const assignment of this.assignments.values()) {
      if (assignment.job.data.order.runId !== runId) continue;
      assignment.isFreed = true;
      if (assignment.aborted !== undefined) this.makeRoom(assignment);
    }
  }

  private async execute(job: AttemptOf, fetcher: Worker): Promise<AttemptReport> {
    const { data } = job;
    const { worker } = data.order;
    // The store's answer may have been long on its way, or this process suspended.
    const waitedMs = Math.max(0, Date.now() - (job.processedOn ?? 0));
    const isOutdated = data.term < this.currentTerm() || waitedMs > this.leaseMs * USABLE;
    const calledOff = data.calledOff ?? this.abortedEarly.get(job.id ?? '');
    const report = calledOffReport(data, calledOff);
    if (report !== undefined) return report;
    if (this.isResting || isOutdated) return { returned: 'unbegun' };
    const employed = this.house.employed(worker);
    if (employed === undefined) {
      try {
        await job.moveToDelayed(Date.now() + LEAVE_TO_OTHERS_MS, job.token);
      } catch {
        return { returned: 'unbegun' };
      }
      throw new DelayedError();
    }
    return new Promise((resolve) => {
      const news = new AttemptNews(job);
      const lease = this.leaseOf(job, news);
      lease.hold(this.host.clock.now() - waitedMs);
      const { holdOnTimeout: holdsPlace = false } = employed.definition;
      const assignment = {
        ...{ job, lease, news, fetcher, holdsPlace },
        ...{ isFreed: false, hasMadeRoom: false },
      };
      this.assignments.set(keyOf(data.order), { ...assignment, report: resolve });
      const { payload } = data.run;
      this.house.begin(
        { ...data.order, payload, fencingToken: data.token },
        asGranted(employed, data),
      );
    });
  }

  private report(attempt: RunningAttempt, outcome: AttemptOutcome, value: unknown): void {
    const key = keyOf(attempt);
    const assignment = this.assignments.get(key);
    if (assignment === undefined) return;
    const { lease, news, report, fetcher, hasMadeRoom } = assignment;
    this.assignments.delete(key);
    lease.giveUp();
    news.end();
    if (hasMadeRoom) this.fetchers?.takeRoomBack(fetcher);
    if (outcome.status === 'succeeded') report({ outcome, ...this.resultOf(attempt, value) });
    else report(reportOf({ outcome, value }));
  }

  /** The leader grants another in its place; BullMQ would not pick it up before this one has settled. */
  private makeRoom(assignment: Assignment): void {
    const { fetcher, hasMadeRoom } = assignment;
    if (hasMadeRoom || this.isResting) return;
    assignment.hasMadeRoom = true;
    this.fetchers?.makeRoom(fetcher, assignment.job.id ?? '');
  }

  /** What JSON cannot carry, or the store should not, is left out; the run has succeeded all the same. */
  private resultOf(
    { worker, runId }: RunningAttempt,
    value: unknown,
  ): { readonly value?: unknown } {
    if (value === undefined) return {};
    let problem = `is longer than ${String(LONGEST_RESULT)} characters`;
    try {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) return {};
      if (!isStorable(text)) problem = 'has NUL or half a surrogate pair in a text';
      else if (text.length <= LONGEST_RESULT) return { value: JSON.parse(text) as unknown };
    } catch {
      problem = 'is no JSON';
    }
    this.host.logger.warn(
      `The result of run ${runId} of worker "${worker}" ${problem}: it is dropped`,
    );
    return {};
  }

  private endEarly(attempt: RunningAttempt, aborted: Aborted): void {
    const assignment = this.assignments.get(keyOf(attempt));
    if (assignment === undefined) return;
    assignment.aborted = aborted;
    this.tellAborted(attempt, aborted, false);
    // Whoever leads counts it no more.
    if (assignment.isFreed || aborted.outcome.status === 'lost') this.makeRoom(assignment);
  }

  private tellAborted(
    attempt: RunningAttempt,
    { outcome, value }: Aborted,
    isAbandoned: boolean,
  ): void {
    if (isInterrupted(outcome)) return;
    const { news } = this.assignments.get(keyOf(attempt)) ?? {};
    news?.tellAborted({ aborted: outcome, error: imageOfError(value), isAbandoned });
  }

  private leaseOf(job: AttemptOf, news: AttemptNews): Lease {
    const { runId, number, worker } = job.data.order;
    return new Lease(
      this.leaseMs,
      async () => {
        news.tellAbortedAgain();
        return (await job.extendLock(job.token ?? '', this.leaseMs)) === 1;
      },
      this.alarms,
      this.host.clock,
      () => {
        this.house.lose(runId, number, new LeaseLostError(worker, runId));
      },
    );
  }
}

function keyOf({ runId, number }: Pick<RunningAttempt, 'runId' | 'number'>): string {
  return `${runId}.${String(number)}`;
}

function reportOf({ outcome, value }: Aborted): AttemptReport {
  return isInterrupted(outcome)
    ? { returned: 'interrupted' }
    : { outcome, error: imageOfError(value) };
}

/** By the shutdown of this replica, which is not the end of its run. */
function isInterrupted(outcome: AttemptOutcome): boolean {
  return outcome.status === 'cancelled' && outcome.why === STOPPING;
}

/** With the leader's bounds: they may have been changed at run time. */
function asGranted(
  worker: EngineWorker,
  { timeoutMs, abortGraceMs, traceparent }: AttemptJob,
): EngineWorker {
  const { definition } = worker;
  return {
    ...worker,
    call: (run) => worker.call(run, traceparent),
    definition: { ...definition, timeoutMs: timeoutMs ?? undefined, abortGraceMs },
  };
}
