import type { Job, Queue, QueueEvents } from 'bullmq';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';
import type { Grant, Grants } from './grants.js';
import type { AttemptProgress, AttemptReport, Presence } from './messages.js';
import { hearPresence } from './roll-call.js';

/** Several in the time in which an end is left in the store. */
const LONGEST_BETWEEN_CHECKS_MS = 2_000;

export interface ReportListener {
  progressed(grant: Grant, progress: AttemptProgress): void;
  /** @param report `undefined` where nobody has reported: it is lost */
  ended(grant: Grant, report: AttemptReport | undefined): void;
}

/**
 * What becomes of granted attempts. Events say so at once; as they may be lost, whatever is in flight is also looked up
 * again and again.
 */
export class RunReports {
  private alarm: Alarm | undefined;
  private isOver = false;
  private readonly checkMs: number;

  constructor(
    private readonly queue: Queue,
    private readonly events: QueueEvents,
    private readonly grants: Grants,
    private readonly listener: ReportListener,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.checkMs = Math.min(Math.ceil(leaseMs / 8), LONGEST_BETWEEN_CHECKS_MS);
  }

  listen(): void {
    this.events.on('completed', ({ jobId, returnvalue }) => {
      this.hear(jobId, returnvalue as AttemptReport);
    });
    this.events.on('failed', ({ jobId }) => {
      this.hear(jobId, undefined);
    });
    this.events.on('progress', ({ jobId, data }) => {
      const grant = this.grants.get(jobId);
      if (grant !== undefined && !this.isOver)
        this.listener.progressed(grant, data as AttemptProgress);
    });
    this.checkLater();
  }

  /** Replicas show themselves on the same stream. */
  hearPresence(hear: (presence: Presence) => void): void {
    hearPresence(this.events, hear);
  }

  hear(jobId: string, report: AttemptReport | undefined): void {
    const grant = this.grants.get(jobId);
    if (grant !== undefined && !this.isOver) this.listener.ended(grant, report);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
    await this.events.close();
  }

  private checkLater(): void {
    if (this.isOver) return;
    this.alarm = this.alarms.set(this.clock.now() + this.checkMs, () => {
      void this.check().finally(() => {
        this.checkLater();
      });
    });
  }

  /** Those that are neither waiting nor active have ended, unless they moved while they were looked for. */
  private async check(): Promise<void> {
    const stored = [...this.grants.all()].filter(({ isStored }) => isStored);
    if (stored.length === 0) return;
    try {
      const unfinished = new Set(
        await within(
          this.checkMs * 4,
          'looking for runs',
          this.queue.getRanges(['active', 'wait', 'delayed'], 0, -1),
        ),
      );
      for (const grant of stored) {
        if (unfinished.has(grant.jobId)) grant.insist?.();
        else await this.lookUp(grant);
      }
    } catch {
      // The next look will tell.
    }
  }

  private async lookUp(grant: Grant): Promise<void> {
    const { jobId } = grant;
    const job = (await within(this.checkMs * 4, 'looking for a run', this.queue.getJob(jobId))) as
      Job<unknown, AttemptReport> | undefined;
    if (job === undefined) this.miss(grant);
    else if (job.finishedOn !== undefined) this.hear(jobId, reportOf(job));
  }

  /** The store has forgotten it; but whoever is at work on it may not know so until its lease ends. */
  private miss(grant: Grant): void {
    const now = this.clock.now();
    grant.missedSince ??= now;
    if (now - grant.missedSince >= this.leaseMs) this.hear(grant.jobId, undefined);
  }
}

/** `undefined` where its executor has left it. */
export function reportOf(job: Job<unknown, AttemptReport>): AttemptReport | undefined {
  return job.failedReason ? undefined : job.returnvalue;
}
