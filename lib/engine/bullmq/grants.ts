import type { Queue } from 'bullmq';
import { EngineUnavailableError } from '../../core/errors.js';
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
  /** Whether the store is just asked for the second time or later; whatever is withdrawn meanwhile may come again. */
  isComingAgain: boolean;
  /** Why it was aborted: sent again, it must not begin. */
  calledOff?: string;
  /** Called when the store has it, has refused it, or need not have it any more. */
  onStored?: (error?: Error) => void;
}

/** The attempts that are granted to the replicas, until their end is heard of. */
export class Grants {
  private readonly inFlight = new Map<string, Grant>();
  /** Of this turn. */
  private unsent: AttemptJob[] = [];
  /** Until they are sent again. */
  private refused: AttemptJob[] = [];
  private sendingAgain: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly queue: Queue,
    private readonly patienceMs: number,
    private readonly onProblem: (error: unknown) => void,
  ) {}

  /** Sends it with whatever else is granted in this turn. Sending one twice makes no second one. */
  grant(job: AttemptJob): void {
    Object.assign(this.adopt(job), { isStored: false, wasSent: false });
    this.sendSoon([job]);
  }

  /** One that the store holds already. */
  adopt(job: AttemptJob): Grant {
    const { worker, runId, number } = job.order;
    const jobId = attemptJobId(job);
    const grant: Grant = {
      ...{ jobId, worker, runId, number },
      ...{ isStored: true, wasSent: true, isComingAgain: false, insist: undefined },
    };
    this.inFlight.set(jobId, grant);
    return grant;
  }

  /** What was granted to the run just now; settles once the store has it or need not have it, and rejects where it does not. */
  storing(runId: string): Promise<void> | undefined {
    const job = this.unsent.findLast(({ order }) => order.runId === runId);
    const grant = job && this.inFlight.get(attemptJobId(job));
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

  get size(): number {
    return this.inFlight.size;
  }

  /** @returns whether it was still waiting to be picked up, and now will not be */
  async withdraw(grant: Grant): Promise<boolean> {
    if (grant.isComingAgain) return false;
    if (grant.wasSent) return withdrawAttempt(this.queue, grant.jobId, this.patienceMs);
    this.unsent = this.unsent.filter((job) => attemptJobId(job) !== grant.jobId);
    return true;
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.sendingAgain);
    for (const { isStored, onStored } of this.inFlight.values()) {
      if (!isStored) onStored?.(new EngineUnavailableError('this replica leads no more'));
    }
  }

  private add(jobs: readonly AttemptJob[]): Promise<unknown> {
    const [job] = jobs;
    // One alone goes faster by itself.
    if (job !== undefined && jobs.length === 1) return this.queue.add(NAME, job, optionsOf(job));
    return this.queue.addBulk(jobs.map((data) => ({ name: NAME, data, opts: optionsOf(data) })));
  }

  private sendSoon(jobs: readonly AttemptJob[]): void {
    const isFirst = this.unsent.length === 0;
    this.unsent.push(...jobs);
    if (isFirst) void Promise.resolve().then(() => this.sendTurn());
  }

  private async sendTurn(): Promise<void> {
    const jobs: AttemptJob[] = [];
    for (const job of this.unsent.flatMap((each) => this.asItIs(each))) {
      (this.mustWait(job) ? this.refused : jobs).push(job);
    }
    this.unsent = [];
    if (jobs.length > 0 && !this.isOver) await this.sendTogether(jobs);
  }

  private async sendTogether(jobs: readonly AttemptJob[]): Promise<void> {
    try {
      await this.send(jobs);
    } catch (error) {
      if (this.isOver) return;
      const refused = jobs.length === 1 ? jobs : await this.sendEach(jobs);
      if (refused.length > 0) this.sendAgain(refused, error);
    }
  }

  /** What has ended, or was withdrawn, though the store did not say that it had it, must not come again. */
  private asItIs(job: AttemptJob): AttemptJob[] {
    const grant = this.inFlight.get(attemptJobId(job));
    if (grant === undefined) return [];
    const { calledOff } = grant;
    return [calledOff === undefined ? job : { ...job, calledOff }];
  }

  /** The later of a worker's grants knows what the earlier has claimed: were it alone in the store, that would seem done. */
  private mustWait({ order }: AttemptJob): boolean {
    return this.refused.some((refused) => refused.order.worker === order.worker);
  }

  private sendAgain(jobs: readonly AttemptJob[], error: unknown): void {
    const isFirst = this.refused.length === 0;
    this.refused.push(...jobs);
    for (const job of jobs) {
      const grant = this.inFlight.get(attemptJobId(job));
      grant?.onStored?.(error as Error);
      // What was asked of it meanwhile could not be done while it was on its way.
      grant?.insist?.();
    }
    if (!isFirst || this.isOver) return;
    this.onProblem(error);
    this.sendingAgain = setTimeout(() => {
      const refused = this.refused;
      this.refused = [];
      this.sendSoon(refused);
    }, RETRY_AFTER_MS);
  }

  private async send(jobs: readonly AttemptJob[]): Promise<void> {
    const grants = jobs
      .map((job) => this.inFlight.get(attemptJobId(job)))
      .filter((grant) => grant !== undefined);
    for (const grant of grants) {
      grant.isComingAgain = grant.wasSent;
      grant.wasSent = true;
    }
    try {
      await within(this.patienceMs, 'granting runs', this.add(jobs));
    } finally {
      for (const grant of grants) grant.isComingAgain = false;
    }
    for (const grant of grants) {
      grant.isStored = true;
      grant.onStored?.();
    }
  }

  /** One that the store refuses must not hold up the others. @returns those that it does not take */
  private async sendEach(together: readonly AttemptJob[]): Promise<AttemptJob[]> {
    const jobs = together.flatMap((job) => this.asItIs(job));
    const sent = await Promise.allSettled(jobs.map((job) => this.send([job])));
    return jobs.filter((_job, index) => sent[index]?.status === 'rejected');
  }
}

function optionsOf(job: AttemptJob): { readonly jobId: string } {
  return { jobId: attemptJobId(job) };
}
