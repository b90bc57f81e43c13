import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventLoopLateness } from '../../lib/metrics/event-loop-lateness.js';
import { bootScraped } from './scrape.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('tells each stall of the event loop once, and none where there was none', () => {
  const told: number[] = [];
  let now = 0;
  const lateness = new EventLoopLateness(
    (seconds) => told.push(seconds),
    () => now,
  );

  for (const firedAt of [100, 200, 1_300, 1_400]) {
    now = firedAt;
    vi.advanceTimersByTime(100);
  }
  lateness.close();
  vi.advanceTimersByTime(1_000);

  expect(told).toEqual([0, 0, 1, 0]);
});

it('keeps no process alive', () => {
  const timers = vi.spyOn(globalThis, 'setInterval');
  const lateness = new EventLoopLateness(() => undefined);

  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
  lateness.close();
});

it('is among the metrics, until the application closes', async () => {
  const { app, scrape } = await bootScraped();
  vi.advanceTimersByTime(500);

  const { samples } = await scrape();
  expect(samples.get('orchestrator_event_loop_lateness_seconds_count')).toBe(5);

  await app.close();
  expect(vi.getTimerCount()).toBe(0);
});
