import { Heap } from '../core/heap.js';
import type { Clock } from './clock.js';

/** The longest delay a timer can hold: Node fires a longer one after 1 ms. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** One callback at one instant of steady time. Made by {@link Alarms.set}. */
class Alarm {
  heapIndex = -1;

  constructor(
    readonly at: number,
    readonly order: number,
    /** `undefined` once it was called or cleared. */
    public callback: (() => void) | undefined,
  ) {}
}
export type { Alarm };

/** What Node's timers have, and those of other clocks may lack. */
interface ProcessTimer {
  ref?(): unknown;
  unref?(): unknown;
}

/**
 * Any number of alarms on one timer of the clock.
 *
 * Setting and clearing hardly ever touch that timer, as nearly every alarm is a timeout that is
 * cleared long before it is due. When its alarm is cleared, the timer stays where it is, fires
 * early, and is armed anew for what is left.
 *
 * What a callback throws, the timer throws: after all that are due were called.
 */
export class Alarms {
  private readonly pending = new Heap<Alarm>(precedes);
  private lastOrder = 0;
  private timer: unknown;
  /** When the timer fires; infinite without one, and before all else while alarms are called. */
  private firesAt = Infinity;
  private isDisarmPlanned = false;
  private keepsProcessAlive = true;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.pending.size;
  }

  /** The instant of the earliest alarm. */
  get nextAt(): number | undefined {
    return this.pending.peek()?.at;
  }

  /** Calls back at that instant of steady time, or soon where it has passed; never at once. */
  set(at: number, callback: () => void): Alarm {
    const alarm = new Alarm(at, ++this.lastOrder, callback);
    this.pending.push(alarm);
    if (at < this.firesAt) this.arm(at);
    return alarm;
  }

  clear(alarm: Alarm): void {
    alarm.callback = undefined;
    if (this.pending.remove(alarm) && this.pending.size === 0) this.planToDisarm();
  }

  /** Runs may go on, but nobody waits for them: from now on the timer alone keeps no process alive. */
  letProcessEnd(): void {
    this.keepsProcessAlive = false;
    (this.timer as ProcessTimer | undefined)?.unref?.();
  }

  /** As it is at first. */
  keepProcessAlive(): void {
    this.keepsProcessAlive = true;
    (this.timer as ProcessTimer | undefined)?.ref?.();
  }

  private arm(at: number): void {
    if (this.timer !== undefined) this.clock.clearTimer(this.timer);
    const now = this.clock.now();
    const delayMs = Math.min(Math.max(at - now, 0), LONGEST_DELAY_MS);
    this.firesAt = now + delayMs;
    this.timer = this.clock.setTimer(this.fire, delayMs);
    if (!this.keepsProcessAlive) this.letProcessEnd();
  }

  /**
   * An idle timer must not keep the process alive. But short runs in a row leave nothing pending
   * thousands of times in one turn of the event loop: one look at its end is enough.
   */
  private planToDisarm(): void {
    if (this.isDisarmPlanned || this.timer === undefined) return;
    this.isDisarmPlanned = true;
    this.clock.defer(this.disarmWhenEmpty);
  }

  private readonly disarmWhenEmpty = (): void => {
    this.isDisarmPlanned = false;
    if (this.pending.size > 0 || this.timer === undefined) return;
    this.clock.clearTimer(this.timer);
    this.timer = undefined;
    this.firesAt = Infinity;
  };

  private readonly fire = (): void => {
    this.timer = undefined;
    this.firesAt = -Infinity;
    const faults: unknown[] = [];
    for (const alarm of this.takeDue(this.clock.now())) {
      try {
        call(alarm);
      } catch (fault) {
        faults.push(fault);
      }
    }
    this.firesAt = Infinity;
    const next = this.pending.peek();
    if (next !== undefined) this.arm(next.at);
    if (faults.length > 0) throw faults[0];
  };

  /** All before any is called: one that sets another for this instant must not loop for ever. */
  private takeDue(now: number): Alarm[] {
    const due: Alarm[] = [];
    for (
      let alarm = this.pending.peek();
      alarm !== undefined && alarm.at <= now;
      alarm = this.pending.peek()
    ) {
      this.pending.pop();
      due.push(alarm);
    }
    return due;
  }
}

function precedes(a: Alarm, b: Alarm): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function call(alarm: Alarm): void {
  const { callback } = alarm;
  alarm.callback = undefined;
  callback?.();
}
