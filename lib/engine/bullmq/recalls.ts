import type { Grant, Grants } from './grants.js';
import type { Message } from './messages.js';

export interface RecallListener {
  /** Aborted before anybody began it. */
  settled(grant: Grant): void;
  /** Nobody has begun it, and nobody will. */
  takenBack(grant: Grant): void;
}

/** What is asked of attempts that are granted already: until it is known to be done, as it may be heard of by nobody. */
export class Recalls {
  constructor(
    private readonly grants: Grants,
    private readonly isHeld: () => boolean,
    private readonly say: (message: Message) => void,
    private readonly listener: RecallListener,
  ) {}

  abort(attempt: { readonly runId: string; readonly number: number; readonly why: string }): void {
    const grant = this.grants.find(attempt.runId, attempt.number);
    if (grant === undefined) return;
    this.insistOnAbort(grant, attempt.why);
    void this.abortOne(grant, attempt.why);
  }

  /** Like {@link abort}, soon. */
  insistOnAbort(grant: Grant, why: string): void {
    grant.calledOff = why;
    grant.insist = () => {
      void this.abortOne(grant, why);
    };
  }

  /** @param isWanted whether somebody would begin it after all */
  takeBack(grant: Grant, isWanted: () => boolean): void {
    // Whoever puts it back, not knowing its worker, holds it just then.
    grant.insist = () => {
      if (!isWanted()) void this.takeBackOne(grant);
    };
    void this.takeBackOne(grant);
  }

  private async abortOne(grant: Grant, why: string): Promise<void> {
    if (await this.isBack(grant)) this.listener.settled(grant);
    else if (grant.insist !== undefined) this.say({ type: 'abort', jobId: grant.jobId, why });
  }

  private async takeBackOne(grant: Grant): Promise<void> {
    if ((await this.isBack(grant)) && this.grants.get(grant.jobId) === grant) {
      this.listener.takenBack(grant);
    }
  }

  /** Whether nobody has begun it, and nobody will. What another leader may have taken over is left alone. */
  private async isBack(grant: Grant): Promise<boolean> {
    return this.isHeld() && this.grants.withdraw(grant);
  }
}
