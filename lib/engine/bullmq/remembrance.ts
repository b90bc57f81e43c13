import type { Queue } from 'bullmq';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { EVERYTHING, type MemoryWriter } from './memory-writer.js';

const EACH_MS = 500;
/** So long a remembered end is left in the store, for those who ask late. */
const FORGET_AFTER_MS = 10_000;
const MOST_FORGOTTEN_AT_ONCE = 10_000;
/** Passes; what is found by the second look is written before the store forgets it. */
const LOOK_EACH = 8;

/** Has what changed remembered, again and again; then the store may forget how attempts have ended. */
export class Remembrance {
  private alarm: Alarm | undefined;
  private beganAt = Infinity;
  private passes = 0;
  private isOver = false;

  constructor(
    private readonly memory: MemoryWriter,
    private readonly runs: Queue,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    /** How far the clock of any replica may be behind this one's. */
    private readonly mostBehindMs: () => number,
    /** Whether runs have ended some time ago whose triggers have not been told so. */
    private readonly hasUnanswered: () => boolean,
  ) {}

  begin(): void {
    this.beganAt = this.clock.now();
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
    // Their ends are about to be forgotten: they would begin anew.
    if (++this.passes % LOOK_EACH === 0 && this.hasUnanswered()) this.memory.note(EVERYTHING);
    if (!this.memory.hasChanges || this.isOver) return;
    try {
      await this.memory.write();
      // Until then, the leader may not have heard of each replica, and of its clock.
      if (this.clock.now() - this.beganAt < FORGET_AFTER_MS) return;
      // By this one's clock, of ends that bear the time of others.
      const graceMs = FORGET_AFTER_MS + this.mostBehindMs();
      await this.runs.clean(graceMs, MOST_FORGOTTEN_AT_ONCE, 'completed');
      await this.runs.clean(graceMs, MOST_FORGOTTEN_AT_ONCE, 'failed');
    } catch {
      // It is tried again.
    }
  }
}
