import { WaitingError, type Job, type Worker } from 'bullmq';
import type { Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import { within } from './deadline.js';
import { Lease } from './lease.js';
import type { Store } from './store.js';

const LEADER = 'leader';
const ENDLESS = 2 ** 31 - 1;
/** After a failure, another replica may have more luck. */
const BREATHER_MS = 500;

/** The data of the one job in `lead`. */
interface Succession {
  /** The latest term before the store was emptied, as far as anybody knew. */
  readonly termsBefore: number;
}

export interface Leader {
  /** Leads from now on, until the lease is lost. */
  lead(): Promise<void>;
  /** Leads no more; never rejects. */
  leave(): Promise<void>;
}

/**
 * Who leads: whoever holds the lock of a job that never ends. How often it was picked up is the term, which only rises,
 * even where the store is emptied and the job added anew.
 */
export class Leadership {
  private worker: Worker | undefined;
  private resign: (why?: string) => void = () => undefined;
  private isOver = false;
  /** In which it leads, or led last. */
  private term = 0;

  constructor(
    private readonly store: Store,
    private readonly replica: string,
    private readonly leaseMs: number,
    private readonly patienceMs: number,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly elect: (term: number, lease: Lease) => Leader,
    private readonly onLost: (why: string, term: number) => void,
  ) {}

  stand(): void {
    this.worker = this.store.worker(
      'lead',
      (job: Job<Succession>, token) => this.serve(job, token ?? ''),
      {
        name: this.replica,
        concurrency: 1,
        skipLockRenewal: true,
        lockDuration: this.leaseMs,
        stalledInterval: Math.ceil(this.leaseMs / 3),
        maxStalledCount: ENDLESS,
      },
    );
  }

  /** Leads no more where a later term than this has begun. */
  giveWay(term: number): void {
    if (term > this.term) this.resign(`term ${String(term)} has begun`);
  }

  /** Hands over at once to whoever else stands. */
  async step(): Promise<void> {
    this.isOver = true;
    // Before the job is given back: it must not be picked up here again, nor its return be cut off by the closing.
    const rested = this.worker?.pause() ?? Promise.resolve();
    this.resign();
    await within(this.patienceMs, 'handing over', rested).catch(() => undefined);
    const closed = this.worker?.close(true) ?? Promise.resolve();
    await within(this.patienceMs / 4, 'closing', closed).catch(() => undefined);
  }

  private async serve(job: Job<Succession>, token: string): Promise<void> {
    await this.rule(job, token);
    // Where it was lost, the lock is somebody else's, or will expire.
    await within(this.patienceMs / 4, 'handing over', job.moveToWait(token)).catch(() => undefined);
    // Any other error would end the job.
    throw new WaitingError();
  }

  private async rule(job: Job<Succession>, token: string): Promise<void> {
    if (this.isOver) return;
    let end: (why: string | undefined) => void = () => undefined;
    const over = new Promise<string | undefined>((resolve) => {
      end = resolve;
    });
    this.resign = (why) => {
      end(why);
    };
    this.term = termOf(job);
    const lease = new Lease(
      this.leaseMs,
      async () => (await job.extendLock(token, this.leaseMs)) === 1,
      this.alarms,
      this.clock,
      end,
    );
    const leader = this.elect(this.term, lease);
    await lease.keep();
    leader.lead().catch((error: unknown) => {
      end(failureLine(normaliseFailure(error)));
    });
    const why = await over;
    if (why !== undefined) this.onLost(why, this.term);
    await leader.leave();
    lease.giveUp();
    if (why !== undefined) await new Promise((resolve) => setTimeout(resolve, BREATHER_MS));
  }
}

/** Makes sure that there is a leader to be: the first, whose terms begin now. */
export async function assertLeadership(store: Store): Promise<void> {
  const succession: Succession = { termsBefore: 0 };
  await store.queue('lead').add(LEADER, succession, { jobId: LEADER });
}

/** Makes sure that there is a leader to be, of a later term than any that is known, after the store was emptied. */
export async function restoreLeadership(
  store: Store,
  termsBefore: number,
  now: number,
  /** Until nobody acts any more upon a lease that the store has forgotten. */
  delayMs: number,
): Promise<void> {
  const succession: Succession = { termsBefore };
  const queue = store.queue('lead');
  await queue.add(LEADER, succession, { jobId: LEADER, timestamp: now, delay: delayMs });
  // A replica that knew of no terms may have come first.
  const job = (await queue.getJob(LEADER)) as Job<Succession> | undefined;
  if (job !== undefined && termOf(job) < termsBefore) await job.updateData(succession);
}

/** The term of whoever leads, or led last; `undefined` where nobody ever did. */
export async function lookForLeader(store: Store): Promise<number | undefined> {
  const job = (await store.queue('lead').getJob(LEADER)) as Job<Succession> | undefined;
  return job && termOf(job);
}

function termOf(job: Job<Succession>): number {
  return job.data.termsBefore + job.attemptsStarted;
}
