/** Where time comes from. All instants are milliseconds on the scale of `Date.now()`. @publicApi */
export interface Clock {
  /** Steady time: never jumps, never goes back. */
  now(): number;
  /**
   * Wall-clock time minus steady time; changes when the wall clock is set.
   *
   * @param now steady time, where it was just asked for
   */
  wallOffset(now?: number): number;
  /** Calls back once, after `delayMs` (at most 2³¹ − 1) of steady time. */
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
  /** Calls back after pending I/O had its turn. */
  defer(callback: () => void): void;
}
