import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '../../lib/execution/system-clock.js';

/** Should somebody set the clock of the machine in the meantime. */
const ONE_DAY_MS = 86_400_000;
const NOON = Date.parse('2026-06-01T12:00:00Z');

describe('SystemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives steady time on the scale of the wall clock, in whole milliseconds', () => {
    vi.useRealTimers();
    const clock = new SystemClock();
    const now = clock.now();

    expect(Number.isInteger(now)).toBe(true);
    expect(clock.now()).toBeGreaterThanOrEqual(now);
    expect(Math.abs(Date.now() - now)).toBeLessThan(ONE_DAY_MS);
  });

  it('goes on steadily while the wall clock is set', () => {
    const clock = new SystemClock();
    const [steady, offset] = [clock.now(), clock.wallOffset()];
    vi.setSystemTime(NOON + 3_600_000);
    vi.advanceTimersByTime(250);

    expect(clock.now() - steady).toBe(250);
    expect(clock.wallOffset() - offset).toBe(3_600_000);
  });

  it('takes no rounding, and no slow drift, for a wall clock that was set', () => {
    const clock = new SystemClock();
    const offset = clock.wallOffset();
    vi.setSystemTime(Date.now() + 20);
    expect(clock.wallOffset()).toBe(offset);

    vi.setSystemTime(Date.now() + 1);
    expect(clock.wallOffset()).toBe(offset + 21);
    vi.setSystemTime(Date.now() - 20);
    expect(clock.wallOffset()).toBe(offset + 21);
  });

  it('calls back once after the delay, unless that is cleared', () => {
    const clock = new SystemClock();
    const [called, cleared] = [vi.fn(), vi.fn()];
    clock.setTimer(called, 100);
    clock.clearTimer(clock.setTimer(cleared, 100));

    vi.advanceTimersByTime(99);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(called).toHaveBeenCalledTimes(1);
    expect(cleared).not.toHaveBeenCalled();
  });

  it('defers to a later turn of the event loop', async () => {
    vi.useRealTimers();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      new SystemClock().defer(() => {
        order.push('deferred');
        resolve();
      });
      void Promise.resolve().then(() => order.push('promise'));
      process.nextTick(() => order.push('tick'));
    });

    expect(order.at(-1)).toBe('deferred');
    expect(order).toHaveLength(3);
  });

  it('uses timers that were replaced after it was made', () => {
    vi.useRealTimers();
    const clock = new SystemClock();
    const called = vi.fn();
    vi.useFakeTimers();
    clock.setTimer(called, 60_000);
    clock.defer(called);
    vi.advanceTimersByTime(60_000);

    expect(called).toHaveBeenCalledTimes(2);
  });
});
