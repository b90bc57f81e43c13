import type { AttemptOrder, Effect } from '../../core/effect.js';
import type { RunImage } from '../../core/run-image.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { WorkerSnapshot } from '../../core/state/image.js';
import type { RunEndings } from '../in-process/run-endings.js';
import { errorOf, type ErrorImage } from './error-image.js';
import { Grants, type Knowledge } from './grants.js';
import type {
  AbortedProgress,
  AttemptJob,
  AttemptReport,
  Message,
  WorkerMemoryJob,
} from './messages.js';
import { Recalls } from './recalls.js';
import type { ReignSurroundings } from './reign-surroundings.js';
import { RunReports, type ReportListener } from './run-reports.js';

/** Grants of one term that a token can tell apart. */
const TERM = 2 ** 32;

/** The attempts that a leader grants, or takes over: from the order to what is heard of them. */
export class Attempts {
  readonly reports: RunReports;
  private readonly grants: Grants;
  private readonly recalls: Recalls;
  private grantCount = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly endings: RunEndings,
    private readonly around: ReignSurroundings,
    say: (message: Message) => void,
    /** Has the scheduler decide what follows for a worker, as long as this replica leads. */
    decide: (worker: string, command: (now: number) => void) => void,
  ) {
    const { host, store, alarms, leaseMs, patienceMs, isHeld } = around;
    const runs = store.queue('runs');
    this.grants = new Grants(
      runs,
      patienceMs,
      isHeld,
      (worker) => this.knowledgeOf(worker),
      (error) => {
        host.logger.warn(`Runs cannot be granted: ${String(error)}`);
      },
    );
    const ended: ReportListener['ended'] = ({ jobId, worker, runId, number }, report) => {
      decide(worker, (now) => {
        this.grants.end(jobId);
        this.noteEnded(runId, number, report, now);
      });
    };
    this.recalls = new Recalls(this.grants, isHeld, say, (grant, why) => {
      ended(grant, { outcome: { status: 'cancelled', why } });
    });
    const listener: ReportListener = {
      progressed: (grant, progress) => {
        const { worker, runId, number } = grant;
        decide(worker, (now) => {
          if ('fraction' in progress) {
            this.scheduler.progressed(runId, progress.fraction, progress.message, now);
            return;
          }
          grant.insist = undefined;
          this.noteAborted(runId, number, progress, now);
        });
      },
      ended,
    };
    const { clock } = host;
    const events = store.events('runs');
    this.reports = new RunReports(runs, events, this.grants, listener, alarms, clock, leaseMs);
  }

  listen(): void {
    this.reports.listen();
  }

  async stop(): Promise<void> {
    this.grants.stop();
    await this.reports.stop();
  }

  order({ payload: _payload, ...order }: AttemptOrder): void {
    const { timeoutMs = null, abortGraceMs } = this.scheduler.definition(order.worker);
    const traceparent = this.around.host.traceparentOf?.(order.runId);
    this.grantCount++;
    this.grants.grant({
      term: this.around.term,
      token: this.latestToken,
      order,
      timeoutMs,
      abortGraceMs,
      ...(traceparent !== undefined && { traceparent }),
      run: this.scheduler.imageOf(order.runId),
      ...this.knowledge(order.worker),
    });
  }

  /** Settles once the store has what was ordered for the run just now, and rejects where it does not take it. */
  storing(runId: string): Promise<void> | undefined {
    return this.grants.storing(runId);
  }

  abort(effect: Extract<Effect, { type: 'abort-attempt' }>): void {
    this.recalls.abort(effect);
  }

  /** One that a former leader has granted. @param abortWhy where that is to end */
  adopt(attempt: AttemptJob, abortWhy?: string): void {
    const grant = this.grants.adopt(attempt);
    if (abortWhy !== undefined) this.recalls.insistOnAbort(grant, abortWhy);
  }

  /**
   * What nobody has begun yet of a worker that is being removed: nobody would.
   *
   * @returns takes it back, once its worker is gone
   */
  takingBack(worker: string, isWanted: () => boolean): () => void {
    const running = this.scheduler.viewRuns({ worker, status: 'running' });
    const grants = running.map(({ id, attempts }) => this.grants.find(id, attempts));
    return () => {
      const why = 'no replica has its worker any more';
      for (const grant of grants) {
        if (grant !== undefined) this.recalls.takeBack(grant, why, isWanted);
      }
    };
  }

  noteAborted(
    runId: string,
    number: number,
    { aborted, error, isAbandoned }: AbortedProgress,
    now: number,
  ): void {
    this.noteError(runId, error);
    this.scheduler.attemptEnded(runId, number, aborted, false, now);
    if (isAbandoned) this.scheduler.attemptAbandoned(runId, number, now);
  }

  /** @param report `undefined` where it is lost */
  noteEnded(runId: string, number: number, report: AttemptReport | undefined, now: number): void {
    if (report === undefined) {
      this.scheduler.attemptEnded(runId, number, { status: 'lost' }, true, now);
    } else if ('returned' in report) {
      this.scheduler.attemptReturned(runId, number, report.returned === 'interrupted', now);
    } else {
      if (report.error === undefined) this.endings.note(runId, report.value);
      else this.noteError(runId, report.error);
      this.scheduler.attemptEnded(runId, number, report.outcome, true, now);
    }
  }

  /** What the next leader needs to know of a worker; nothing of one that was unregistered meanwhile. */
  snapshotOf(worker: string): WorkerMemoryJob | undefined {
    try {
      const { retries, ...snapshot } = this.scheduler.snapshot(worker);
      return {
        ...snapshot,
        term: this.around.term,
        retries: [...retries, ...this.unsentOf(snapshot.attempts)],
        token: this.latestToken,
      };
    } catch {
      return undefined;
    }
  }

  private knowledgeOf(worker: string): Knowledge | undefined {
    try {
      return this.knowledge(worker);
    } catch {
      return undefined;
    }
  }

  /** @throws UnknownWorkerError */
  private knowledge(worker: string): Knowledge {
    return { memory: this.scheduler.memoryOf(worker), knows: this.latestToken };
  }

  private get latestToken(): number {
    return this.around.term * TERM + this.grantCount;
  }

  private noteError(runId: string, error: ErrorImage | undefined): void {
    this.endings.note(runId, error === undefined ? undefined : errorOf(error));
  }

  /** Their due instants are claimed, but the store does not have them: whoever leads next must grant them anew. */
  private unsentOf(attempts: WorkerSnapshot['attempts']): RunImage[] {
    return attempts
      .filter(({ phase }) => phase === 'running')
      .filter(({ runId, number }) => this.grants.find(runId, number)?.isStored === false)
      .map(({ runId, number }) => ({ ...this.scheduler.imageOf(runId), attempts: number - 1 }));
  }
}
