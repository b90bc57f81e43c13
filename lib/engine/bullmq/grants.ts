import type { Queue } from 'bullmq';
import { within } from './deadline.js';
import { attemptJobId, type AttemptJob } from './messages.js';
import { withdrawAttempt } from './withdrawal.js';

const RETRY_AFTER_MS = 500;
const NAME = 'attempt';

export interface Grant {
  readonly jobId: string;
  readonly worker: string;
  readonly runId: string;
  readonly number: number;
  /** Whether the store has it. */
  isStored: boolean;
  /** Whether the store was asked to keep it: it may have it though its answer was lost. */
  wasSent: boolean;
  /** Since when the store knows it no more, in steady time, though nobody has told of its end. */
  missedSince?: number;
  /** Asks again for what was asked of it, and is not known to be done. */
  insist: (() => void) | undefined;
}

/** The attempts that are granted to the replicas, until their end is heard of. */
export class Grants {
  private readonly inFlight = new Map<string, Grant>();
  private unsent: AttemptJob[] = [];
  private isSending = false;
  private isOver = false;

  constructor(
    private readonly queue: Queue,
    private readonly patienceMs: number,
    private readonly onProblem: (error: unknown) => void,
  ) {}

  /** Sends it with whatever else is granted in this turn. Sending one twice makes no second one. */
  grant(job: AttemptJob): void {
    Object.assign(this.adopt(job), { isStored: false, wasSent: false });
    this.unsent.push(job);
    if (!this.isSending) void this.sendAll();
  }

  /** One that the store holds already. */
  adopt(job: AttemptJob): Grant {
    const { worker, runId, number } = job.order;
    const jobId = attemptJobId(job);
    const grant = {
      jobId,
      worker,
      runId,
      number,
      isStored: true,
      wasSent: true,
      insist: undefined,
    };
    this.inFlight.set(jobId, grant);
    return grant;
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
    this.inFlight.delete(jobId);
  }

  all(): Iterable<Grant> {
    return this.inFlight.values();
  }

  get size(): number {
    return this.inFlight.size;
  }

  /** @returns whether it was still waiting to be picked up, and now will not be */
  async withdraw(grant: Grant): Promise<boolean> {
    if (grant.wasSent) return withdrawAttempt(this.queue, grant.jobId, this.patienceMs);
    this.unsent = this.unsent.filter((job) => attemptJobId(job) !== grant.jobId);
    return true;
  }

  stop(): void {
    this.isOver = true;
  }

  private add(jobs: readonly AttemptJob[]): Promise<unknown> {
    const [job] = jobs;
    // One alone goes faster by itself.
    if (job !== undefined && jobs.length === 1) return this.queue.add(NAME, job, optionsOf(job));
    return this.queue.addBulk(jobs.map((data) => ({ name: NAME, data, opts: optionsOf(data) })));
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    await Promise.resolve();
    while (this.unsent.length > 0 && !this.isOver) {
      // What has ended, or was withdrawn, though the store did not say that it had it, must not come again.
      const jobs = this.unsent.filter((job) => this.inFlight.has(attemptJobId(job)));
      this.unsent = [];
      if (jobs.length === 0) break;
      try {
        await this.send(jobs);
      } catch (error) {
        this.onProblem(error);
        const refused = jobs.length === 1 ? jobs : await this.sendEach(jobs);
        this.unsent = [...refused, ...this.unsent];
        // What was asked of them meanwhile could not be done while they were on their way.
        for (const job of refused) this.inFlight.get(attemptJobId(job))?.insist?.();
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
    this.isSending = false;
  }

  private async send(jobs: readonly AttemptJob[]): Promise<void> {
    const grants = jobs.map((job) => this.inFlight.get(attemptJobId(job)));
    for (const grant of grants) if (grant !== undefined) grant.wasSent = true;
    await within(this.patienceMs, 'granting runs', this.add(jobs));
    for (const grant of grants) if (grant !== undefined) grant.isStored = true;
  }

  /** One that the store refuses must not hold up the others. @returns those that it does not take */
  private async sendEach(jobs: readonly AttemptJob[]): Promise<AttemptJob[]> {
    const sent = await Promise.allSettled(jobs.map((job) => this.send([job])));
    return jobs.filter((_job, index) => sent[index]?.status === 'rejected');
  }
}

function optionsOf(job: AttemptJob): { readonly jobId: string } {
  return { jobId: attemptJobId(job) };
}
