import type { Queue } from 'bullmq';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { EVERYTHING, type MemoryWriter } from './memory-writer.js';

const EACH_MS = 500;
/** So long a remembered end is left in the store, for those who ask late. */
const FORGET_AFTER_MS = 10_000;
const MOST_FORGOTTEN_AT_ONCE = 10_000;
/** What the second look finds is written before the store forgets it. */
const LOOK_EACH_MS = 4_000;

/** Has what changed remembered, again and again; then the store may forget how attempts have ended. */
export class Remembrance {
  private alarm: Alarm | undefined;
  private beganAt = Infinity;
  /** When it was looked last for what is unanswered, and when before that. */
  private lookedAt = Infinity;
  private lookedBefore = Infinity;
  /** What had ended before this one led: once, though nothing changes. */
  private hasForgotten = false;
  private isOver = false;

  constructor(
    private readonly memory: MemoryWriter,
    private readonly runs: Queue,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly patienceMs: number,
    /** How far the clock of any replica was behind this one's at any time since then. */
    private readonly mostBehindMs: (withinMs: number) => number,
    /** Whether more runs have ended, some time ago, whose triggers have not been told so. */
    private readonly hasUnanswered: () => boolean,
  ) {}

  begin(): void {
    this.beganAt = this.clock.now();
    this.lookedAt = this.beganAt;
    this.lookedBefore = this.beganAt;
    this.rememberLater();
  }

  stop(): void {
    this.isOver = true;
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
  }

  private rememberLater(): void {
    this.alarm = this.alarms.set(this.clock.now() + EACH_MS, () => {
      void this.rememberNow().finally(() => {
        if (!this.isOver) this.rememberLater();
      });
    });
  }

  /** Ends are remembered before they are forgotten: whoever leads next finds each in one place at least. */
  private async rememberNow(): Promise<void> {
    const isOver = (): boolean => this.isOver;
    if (this.clock.now() - this.lookedAt >= LOOK_EACH_MS) this.look();
    const { hasChanges } = this.memory;
    if (isOver() || (this.hasForgotten && !hasChanges)) return;
    try {
      await this.memory.write();
      // Whoever leads by then may not have heard of what has ended last.
      if (isOver()) return;
      const reignedMs = this.clock.now() - this.beganAt;
      // Until then, the leader may not have heard of each replica, and of its clock.
      if (reignedMs < Math.min(2 * this.patienceMs, FORGET_AFTER_MS)) return;
      // Writing may have taken long: what has ended since the look before was not looked for twice.
      const sinceMs = Math.max(FORGET_AFTER_MS, this.clock.now() - this.lookedBefore);
      // By this one's clock, of ends that bear the time of others.
      const graceMs = Math.ceil(sinceMs + this.mostBehindMs(sinceMs));
      const isOfBefore = reignedMs >= graceMs;
      if (!hasChanges && !isOfBefore) return;
      await this.runs.clean(graceMs, MOST_FORGOTTEN_AT_ONCE, 'completed');
      if (isOver()) return;
      await this.runs.clean(graceMs, MOST_FORGOTTEN_AT_ONCE, 'failed');
      this.hasForgotten ||= isOfBefore;
    } catch {
      // It is tried again.
    }
  }

  /** Runs whose ends are forgotten while their triggers are unanswered would begin anew, or end as nobody knows. */
  private look(): void {
    this.lookedBefore = this.lookedAt;
    this.lookedAt = this.clock.now();
    if (this.hasUnanswered()) this.memory.note(EVERYTHING);
  }
}
