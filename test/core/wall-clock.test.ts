import { describe, expect, it } from 'vitest';
import {
  schedulerOf,
  succeeded,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

const HOUR = 3_600_000;
const FROM = '2026-03-01T12:02:00Z';
const five = { cron: '*/5 * * * *', timeZone: 'UTC' };

/** Every run ends at once. */
const pass = (scheduler: TestScheduler, minutes: number): void => {
  const until = scheduler.now + minutes * 60_000;
  while (scheduler.running.length > 0) scheduler.end(scheduler.running[0]!.worker, succeeded);
  while (scheduler.core.nextWakeAt !== undefined && scheduler.core.nextWakeAt <= until) {
    scheduler.tick(new Date(scheduler.core.nextWakeAt).toISOString());
    while (scheduler.running.length > 0) scheduler.end(scheduler.running[0]!.worker, succeeded);
  }
  scheduler.tick(new Date(until).toISOString());
};
const wallTimes = (scheduler: TestScheduler): string[] =>
  scheduler
    .runs('five')
    .map(({ scheduledAt }) => scheduledAt.toISOString().slice(8, 16))
    .reverse();

describe('A wall clock that jumps', () => {
  it('in the instant in which a run ends and the next is due lets the run end first', () => {
    const scheduler = schedulerOf({ from: FROM }, worker('minutely', { interval: '1m' }));
    scheduler.tick(0);
    const { runId } = scheduler.running[0]!;

    scheduler.now += 60_000;
    const step = scheduler.step((core, now) => {
      core.wallClockSet(HOUR, now);
      core.attemptEnded(runId, 1, succeeded, true, now);
    });

    expect(step).toStart('minutely');
  });

  it.each([24 * HOUR, HOUR, -HOUR, -12 * HOUR])('by %d ms moves no interval', (jump) => {
    const scheduler = schedulerOf({ from: FROM }, worker('minutely', { interval: '1m' }));
    pass(scheduler, 3);
    expect(scheduler.setWallClock(jump, '181s')).toStartNothing();
    pass(scheduler, 3);

    expect(scheduler.startsOf('minutely')).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((minute) => minute * 60_000),
    );
  });

  it('back and forwards again repeats no instant of a cron, even with misfire: all', () => {
    const options = { ...five, misfire: 'all', maxPending: 1 } as const;
    const scheduler = schedulerOf({ from: FROM }, worker('five', options));
    pass(scheduler, 3);
    scheduler.setWallClock(-HOUR, '181s');
    pass(scheduler, 1);
    scheduler.setWallClock(0, '250s');
    pass(scheduler, 1);

    const times = wallTimes(scheduler);
    expect(times).toContain('01T12:05');
    expect(times).toHaveLength(new Set(times).size);
  });

  it('back and forwards again repeats no instant of a cron whose run still waits', () => {
    const options = { ...five, misfire: 'all', maxPending: 30, dependsOn: 'never' } as const;
    const scheduler = schedulerOf({ from: FROM }, worker('never', {}), worker('five', options));
    pass(scheduler, 3);
    scheduler.setWallClock(-HOUR, '181s');
    pass(scheduler, 1);
    scheduler.setWallClock(0, '250s');
    pass(scheduler, 1);

    const times = wallTimes(scheduler);
    expect(times).toContain('01T12:05');
    expect(times).toHaveLength(new Set(times).size);
  });

  it('forwards makes a cron due at most once, and its rhythm goes on', () => {
    const scheduler = schedulerOf({ from: FROM }, worker('five', five));
    pass(scheduler, 5);
    scheduler.setWallClock(24 * HOUR, scheduler.now - new Date(FROM).getTime() + 1_000);
    pass(scheduler, 7);

    expect(wallTimes(scheduler)).toEqual(['01T12:05', '01T12:10', '02T12:10']);
  });

  it('back repeats no instant of a cron, and goes on with the first new one', () => {
    const scheduler = schedulerOf({ from: FROM }, worker('five', five));
    pass(scheduler, 20);
    scheduler.setWallClock(-10 * 60_000, scheduler.now - new Date(FROM).getTime() + 1_000);
    pass(scheduler, 15);

    expect(wallTimes(scheduler)).toEqual([
      ...['01T12:05', '01T12:10', '01T12:15', '01T12:20', '01T12:25'],
    ]);
  });

  it('back to before the start runs what is new, and waits no 12 hours', () => {
    const scheduler = schedulerOf({ from: FROM }, worker('five', five));
    pass(scheduler, 5);
    scheduler.setWallClock(-12 * HOUR, scheduler.now - new Date(FROM).getTime() + 1_000);
    pass(scheduler, 6);

    expect(wallTimes(scheduler)).toEqual(['01T12:05', '01T00:10']);
  });

  it('forwards and back again is no reason for silence', () => {
    const scheduler = schedulerOf({ from: FROM }, worker('five', five));
    pass(scheduler, 5);
    scheduler.setWallClock(24 * HOUR, scheduler.now - new Date(FROM).getTime() + 1_000);
    pass(scheduler, 1);
    scheduler.setWallClock(0, scheduler.now - new Date(FROM).getTime() + 1_000);
    pass(scheduler, 9);

    expect(wallTimes(scheduler)).toEqual(['01T12:05', '01T12:10', '01T12:15']);
  });

  it('by a little, again and again, neither repeats nor forgets', () => {
    const scheduler = schedulerOf({ from: FROM, history: 500 }, worker('five', five));
    for (let minute = 0; minute < 300; minute++) {
      pass(scheduler, 1);
      scheduler.setWallClock(
        [0, 300, -300, 40][minute % 4]!,
        scheduler.now - new Date(FROM).getTime(),
      );
    }
    const times = wallTimes(scheduler);

    expect(new Set(times).size).toBe(times.length);
    expect(times).toHaveLength(60);
  });
});
