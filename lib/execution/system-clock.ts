import type { Clock } from './clock.js';
import { outsideRuns } from './current-run.js';

/** Wall and steady time are rounded and drift apart; up to this, nobody has set the wall clock. */
const HYSTERESIS_MS = 20;

/**
 * The time of this process.
 *
 * The global timer functions are looked up at each call, so that fake timers can replace them.
 */
export class SystemClock implements Clock {
  private offsetMs = 0;

  now(): number {
    return Math.floor(performance.timeOrigin + performance.now());
  }

  wallOffset(now = this.now()): number {
    const measuredMs = Date.now() - now;
    if (Math.abs(measuredMs - this.offsetMs) > HYSTERESIS_MS) this.offsetMs = measuredMs;
    return this.offsetMs;
  }

  // Armed inside a run (`extendTimeout`), a timer would carry that run into whatever it fires.
  setTimer(callback: () => void, delayMs: number): unknown {
    return outsideRuns(() => setTimeout(callback, delayMs));
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as NodeJS.Timeout);
  }

  defer(callback: () => void): void {
    outsideRuns(() => setImmediate(callback));
  }
}
