import type { Grant, Grants } from './grants.js';
import type { Message } from './messages.js';

/** What is asked of attempts that are granted already: until it is known to be done, as it may be heard of by nobody. */
export class Recalls {
  constructor(
    private readonly grants: Grants,
    private readonly isHeld: () => boolean,
    private readonly say: (message: Message) => void,
    /** Nobody has begun it, and nobody will. */
    private readonly onBack: (grant: Grant, why: string) => void,
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
  takeBack(grant: Grant, why: string, isWanted: () => boolean): void {
    // Whoever puts it back, not knowing its worker, holds it just then.
    grant.insist = () => {
      if (!isWanted()) void this.withdraw(grant, why);
    };
    void this.withdraw(grant, why);
  }

  private async abortOne(grant: Grant, why: string): Promise<void> {
    if (await this.withdraw(grant, why)) return;
    if (grant.insist !== undefined) this.say({ type: 'abort', jobId: grant.jobId, why });
  }

  /** What another leader may have taken over is left alone. */
  private async withdraw(grant: Grant, why: string): Promise<boolean> {
    const isBack = this.isHeld() && (await this.grants.withdraw(grant));
    if (isBack && this.grants.get(grant.jobId) === grant) this.onBack(grant, why);
    return isBack;
  }
}
