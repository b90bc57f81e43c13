import type { Job, Worker } from 'bullmq';
import type { Clock } from '../../execution/clock.js';
import type { AttemptJob, AttemptReport } from './messages.js';
import type { Store } from './store.js';

/** From so many at once on, one that asks for one after the other does not keep up. */
const MANY = 2;

export type AttemptOf = Job<AttemptJob, AttemptReport>;

/**
 * Pick up what is granted. The first always does; a helper does from when many are in hand until none is: it would be woken
 * by each run that comes alone, too, and keep the first from being quick.
 */
export class Fetchers {
  private readonly first: Worker;
  /** None where there is but one place. */
  private readonly helper: Worker | undefined;
  /** Where the first has no place for as many, its helper has to be there earlier. */
  private readonly many: number;
  private readonly executing = new Set<string>();
  /** By job, until when it counts as in hand yet: of a report that the store does not take nothing is told. */
  private readonly reporting = new Map<string, number>();
  private resting: Promise<unknown> | undefined;

  /** @param onReported called when the store has a report, before anybody hears of it through the store */
  constructor(
    store: Store,
    replica: string,
    places: number,
    private readonly leaseMs: number,
    private readonly clock: Clock,
    private readonly execute: (job: AttemptOf, fetcher: Worker) => Promise<AttemptReport>,
    onReported: (jobId: string, report: AttemptReport) => void,
  ) {
    const open = (concurrency: number, isFirst: boolean): Worker => {
      const fetcher = store.worker('runs', (job) => this.fetched(job as AttemptOf, fetcher), {
        name: replica,
        concurrency,
        autorun: isFirst,
        lockDuration: leaseMs,
        // It would go by the wall clock, which may be set back meanwhile.
        skipLockRenewal: true,
        skipStalledCheck: !isFirst,
        stalledInterval: Math.ceil(leaseMs / 3),
        maxStalledCount: 0,
      });
      fetcher.on('completed', ({ id = '' }, report: AttemptReport) => {
        this.drop(id);
        onReported(id, report);
      });
      return fetcher;
    };
    this.first = open(Math.ceil(places / 2), true);
    this.helper = places > 1 ? open(Math.floor(places / 2), false) : undefined;
    this.many = Math.min(MANY, this.first.concurrency);
  }

  /** An attempt that was abandoned gives its place away, though it has not settled. */
  makeRoom(fetcher: Worker, jobId: string): void {
    fetcher.concurrency++;
    // It looks at that when it is woken.
    void fetcher.pause(true);
    void fetcher.resume();
    this.drop(jobId);
  }

  /** It has settled. */
  takeRoomBack(fetcher: Worker): void {
    fetcher.concurrency--;
  }

  /** Picks up nothing more. @returns settles once nothing that was picked up is unreported */
  rest(): Promise<unknown> {
    this.resting ??= this.letGo();
    return this.resting;
  }

  /** By force: otherwise it would wait for a store that does not answer, whatever else is tried. */
  async close(): Promise<void> {
    await Promise.all([this.first.close(true), this.helper?.close(true)]);
  }

  /** At once: a job that they are just waiting for would otherwise be picked up, and lost. */
  private letGo(): Promise<unknown> {
    const { first, helper } = this;
    // One that sleeps may still be waiting for a job, of which only one that is awake lets go.
    if (helper?.isPaused() === true && helper.isRunning()) void helper.resume();
    return Promise.allSettled([first.pause(), helper?.pause()]);
  }

  private async fetched(job: AttemptOf, fetcher: Worker): Promise<AttemptReport> {
    const { id = '' } = job;
    this.executing.add(id);
    this.wakeHelper();
    try {
      const report = await this.execute(job, fetcher);
      this.executing.delete(id);
      this.reporting.set(id, this.clock.now() + this.leaseMs);
      return report;
    } catch (error) {
      // It is put back.
      this.drop(id);
      throw error;
    }
  }

  private drop(jobId: string): void {
    this.executing.delete(jobId);
    this.reporting.delete(jobId);
    const now = this.clock.now();
    for (const [id, countsUntil] of this.reporting) {
      if (countsUntil > now) break;
      this.reporting.delete(id);
    }
    if (this.inHand === 0 && this.helper?.isPaused() === false) void this.helper.pause(true);
  }

  private get inHand(): number {
    return this.executing.size + this.reporting.size;
  }

  private wakeHelper(): void {
    const { helper } = this;
    if (helper === undefined || this.resting !== undefined || this.inHand < this.many) return;
    if (helper.isRunning() && !helper.isPaused()) return;
    void helper.resume();
    // If it was just about to stop running, it has not heard.
    setImmediate(() => {
      this.wakeHelper();
    });
  }
}
