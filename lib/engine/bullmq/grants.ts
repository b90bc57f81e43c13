import type { Queue } from 'bullmq';
import { EngineUnavailableError } from '../../core/errors.js';
import type { RunImage } from '../../core/run-image.js';
import { within } from './deadline.js';
import { attemptJobId, type AttemptJob } from './messages.js';
import { withdrawAttempt } from './withdrawal.js';

const RETRY_AFTER_MS = 500;

export interface Grant {
  readonly jobId: string;
  readonly worker: string;
  readonly runId: string;
  readonly number: number;
  /** Whether the store has it. */
  isStored: boolean;
  /** Since when the store knows it no more, in steady time, though nobody has told of its end. */
  missedSince?: number;
  /** Asks again for what was asked of it, and is not known to be done. */
  insist: (() => void) | undefined;
  /** Whether the store is just asked for the second time or later; whatever is withdrawn meanwhile may come again. */
  isComingAgain: boolean;
  /** Why it was aborted: sent again, it must not begin. */
  calledOff?: string;
  /** Called when the store has it, has refused it, or need not have it any more. */
  onStored?: (error?: Error) => void;
  /** The run, to be granted anew, where that stands for due instants. */
  readonly claim: RunImage | undefined;
}

/** What whoever takes over has to know of a worker, as of now. */
export type Knowledge = Pick<AttemptJob, 'memory' | 'knows'>;

/** The attempts that are granted to the replicas, until their end is heard of. */
export class Grants {
  private readonly inFlight = new Map<string, Grant>();
  private readonly unsent = new Set<Grant>();
  /** Of each worker, those that stand for due instants, and are on their way to the store. */
  private readonly claims = new Map<string, Set<Grant>>();
  /** Until what the store has refused is sent again. */
  private untilRetry: Promise<void> | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly queue: Queue,
    private readonly patienceMs: number,
    private readonly isHeld: () => boolean,
    /** Nothing of a worker that was unregistered meanwhile. */
    private readonly knowledgeOf: (worker: string) => Knowledge | undefined,
    private readonly onProblem: (error: unknown) => void,
  ) {}

  /** Sends it once this turn is over. Sending one twice makes no second one. */
  grant(job: AttemptJob): void {
    const grant = Object.assign(this.adopt(job), { isStored: false });
    this.unsent.add(grant);
    const { worker, claim } = grant;
    const claims = this.claims.get(worker) ?? new Set();
    if (claim !== undefined) this.claims.set(worker, claims.add(grant));
    void this.store(grant, job).then(() => {
      if (claims.delete(grant) && claims.size === 0) this.claims.delete(worker);
    });
  }

  /** One that the store holds already. */
  adopt(job: AttemptJob): Grant {
    const { worker, runId, number } = job.order;
    const jobId = attemptJobId(job);
    const isClaim = job.run.origin !== 'trigger' && number === 1;
    const claim = isClaim ? { ...job.run, attempts: 0 } : undefined;
    const grant: Grant = {
      ...{ jobId, worker, runId, number, claim },
      ...{ isStored: true, isComingAgain: false, insist: undefined },
    };
    this.inFlight.set(jobId, grant);
    return grant;
  }

  /** What was granted to the run just now; settles once the store has it or need not have it, and rejects where it does not. */
  storing(runId: string): Promise<void> | undefined {
    const grant = [...this.unsent].find((each) => each.runId === runId);
    if (grant === undefined) return undefined;
    return new Promise((resolve, reject) => {
      grant.onStored = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  get(jobId: string): Grant | undefined {
    return this.inFlight.get(jobId);
  }

  find(runId: string, number: number): Grant | undefined {
    for (const grant of this.inFlight.values()) {
      if (grant.runId === runId && grant.number === number) return grant;
    }
    return undefined;
  }

  /** Its end was heard of. */
  end(jobId: string): void {
    this.inFlight.get(jobId)?.onStored?.();
    this.inFlight.delete(jobId);
  }

  all(): Iterable<Grant> {
    return this.inFlight.values();
  }

  /** @returns whether it is known that nobody has picked it up, and nobody will */
  async withdraw(grant: Grant): Promise<boolean> {
    if (this.unsent.delete(grant)) return true;
    if (grant.isComingAgain) return false;
    return (
      (await withdrawAttempt(this.queue, grant.jobId, this.patienceMs)) && !grant.isComingAgain
    );
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.retryTimer);
    for (const { isStored, onStored } of this.inFlight.values()) {
      if (!isStored) onStored?.(new EngineUnavailableError('this replica leads no more'));
    }
  }

  /** Until the store has it, or need not have it. */
  private async store(grant: Grant, job: AttemptJob): Promise<void> {
    await Promise.resolve();
    if (!this.unsent.delete(grant)) return;
    while (this.isWanted(grant)) {
      try {
        await this.send(grant, job);
        grant.isStored = true;
        grant.onStored?.();
        return;
      } catch (error) {
        if (this.isOver) return;
        grant.onStored?.(error as Error);
        // What was asked of it meanwhile could not be done while it was on its way.
        grant.insist?.();
        await this.pauseAfter(error);
        grant.isComingAgain = true;
      }
    }
  }

  private isWanted(grant: Grant): boolean {
    return !this.isOver && this.inFlight.get(grant.jobId) === grant;
  }

  private async send(grant: Grant, job: AttemptJob): Promise<void> {
    // Another may lead, and have granted it anew.
    if (!this.isHeld()) throw new EngineUnavailableError('the lease is renewed late');
    const sent = this.queue.add('attempt', this.asItIs(grant, job), { jobId: grant.jobId });
    try {
      await within(this.patienceMs, 'granting runs', sent);
    } finally {
      grant.isComingAgain = false;
    }
  }

  private asItIs(grant: Grant, job: AttemptJob): AttemptJob {
    const { worker, calledOff } = grant;
    const unstored = [...(this.claims.get(worker) ?? [])]
      .filter((other) => other !== grant && this.isWanted(other) && other.calledOff === undefined)
      .map(({ claim }) => claim)
      .filter((claim) => claim !== undefined);
    return {
      ...job,
      ...this.knowledgeOf(worker),
      ...(calledOff !== undefined && { calledOff }),
      ...(unstored.length > 0 && { unstored }),
    };
  }

  private pauseAfter(error: unknown): Promise<void> {
    if (this.untilRetry !== undefined) return this.untilRetry;
    this.onProblem(error);
    this.untilRetry = new Promise((resolve) => {
      this.retryTimer = setTimeout(() => {
        this.untilRetry = undefined;
        resolve();
      }, RETRY_AFTER_MS);
    });
    return this.untilRetry;
  }
}
