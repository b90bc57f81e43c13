import type { Job, Worker } from 'bullmq';
import type { AttemptJob, AttemptReport } from './messages.js';
import type { Store } from './store.js';

/** As many as it takes to keep up with a closed loop of runs that do nothing. */
const MOST = 2;
/** From so many at once on, one that asks for one after the other does not keep up. */
const MANY = 2;

export type AttemptOf = Job<AttemptJob, AttemptReport>;

/**
 * Pick up what is granted. The first always does; its helpers only while many are in hand: otherwise each run would wake
 * them all, and they would keep the first from being quick.
 */
export class Fetchers {
  private readonly first: Worker;
  private readonly helpers: readonly Worker[];
  /** Where the first has no place for as many, its helpers have to be there earlier. */
  private readonly many: number;
  private executing = 0;
  /** Have ended, and the store is not known to know so. Of one that it does not take nothing is told: newer ones replace it. */
  private readonly reporting = new Set<string>();
  private isResting = false;

  /** @param onReported called when the store has a report, before anybody hears of it through the store */
  constructor(
    store: Store,
    replica: string,
    private readonly places: number,
    leaseMs: number,
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
        this.reported(id);
        onReported(id, report);
      });
      return fetcher;
    };
    const [ofFirst = places, ...others] = shares(places, MOST);
    this.first = open(ofFirst, true);
    this.helpers = others.map((concurrency) => open(concurrency, false));
    this.many = Math.min(MANY, ofFirst);
  }

  /** An attempt that was abandoned gives its place away, though it has not settled. */
  makeRoom(fetcher: Worker): void {
    fetcher.concurrency++;
    // It looks at that when it is woken.
    void fetcher.pause(true);
    void fetcher.resume();
  }

  /** It has settled. */
  takeRoomBack(fetcher: Worker): void {
    fetcher.concurrency--;
  }

  /**
   * Picks up nothing more.
   *
   * @returns settles once nothing that was picked up is unreported
   */
  async rest(): Promise<void> {
    this.isResting = true;
    // One that sleeps may still be waiting for a job, of which only one that is awake lets go.
    for (const helper of this.helpers) {
      if (helper.isPaused() && helper.isRunning()) void helper.resume();
    }
    // At once: what it was just waiting for would otherwise be picked up, and lost.
    await Promise.all(this.all.map((fetcher) => fetcher.pause()));
  }

  /** By force: otherwise it would wait for a store that does not answer, whatever else is tried. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((fetcher) => fetcher.close(true)));
  }

  private get all(): readonly Worker[] {
    return [this.first, ...this.helpers];
  }

  private async fetched(job: AttemptOf, fetcher: Worker): Promise<AttemptReport> {
    const { id = '' } = job;
    this.executing++;
    this.wakeHelpers();
    try {
      const report = await this.execute(job, fetcher);
      this.reporting.add(id);
      return report;
    } finally {
      this.executing--;
      const [oldest = ''] = this.reporting;
      if (this.reporting.size > this.places) this.reporting.delete(oldest);
    }
  }

  private get inHand(): number {
    return this.executing + this.reporting.size;
  }

  private reported(id: string): void {
    this.reporting.delete(id);
    if (this.inHand > 0) return;
    for (const helper of this.helpers) if (!helper.isPaused()) void helper.pause(true);
  }

  private wakeHelpers(): void {
    if (this.isResting || this.inHand < this.many) return;
    for (const helper of this.helpers) {
      if (helper.isRunning() && !helper.isPaused()) continue;
      void helper.resume();
      // If it was just about to stop running, it has not heard.
      setImmediate(() => {
        this.wakeHelpers();
      });
    }
  }
}

/** The places, as evenly as may be among so many; each has one at least, and the first the most. */
function shares(places: number, most: number): number[] {
  const some = Math.min(places, most);
  return Array.from({ length: some }, (_, index) => Math.ceil((places - index) / some));
}
