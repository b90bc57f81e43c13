import type { Job } from 'bullmq';
import type { AbortedProgress, AttemptProgress } from './messages.js';

/**
 * What is told of an attempt before its report: the latest, one at a time, as a body may tell more than the store can
 * take.
 */
export class AttemptNews {
  private untold: AttemptProgress | undefined;
  private isTelling = false;
  private aborted: AbortedProgress | undefined;

  constructor(private readonly job: Pick<Job, 'updateProgress'>) {}

  tellProgress(fraction: number, message: string | undefined): void {
    // Nothing else counts any more.
    if (this.aborted !== undefined) return;
    this.tell({ fraction, ...(message !== undefined && { message }) });
  }

  tellAborted(progress: AbortedProgress): void {
    this.aborted = progress;
    this.tell(progress);
  }

  /** Its body may never settle, and what was told have been missed. */
  tellAbortedAgain(): void {
    if (this.aborted !== undefined) this.tell(this.aborted);
  }

  /** Tells what is left, while its report is on its way: it would come too late. */
  end(): void {
    const { untold } = this;
    this.untold = undefined;
    if (untold !== undefined) void this.write(untold);
  }

  private tell(progress: AttemptProgress): void {
    this.untold = progress;
    if (!this.isTelling) void this.tellAll();
  }

  private async tellAll(): Promise<void> {
    this.isTelling = true;
    while (this.untold !== undefined) {
      const { untold } = this;
      this.untold = undefined;
      await this.write(untold);
    }
    this.isTelling = false;
  }

  private async write(progress: AttemptProgress): Promise<void> {
    // A hint: the report says it, too.
    await this.job.updateProgress(progress).catch(() => undefined);
  }
}
