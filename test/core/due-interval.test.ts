import { describe, expect, it } from 'vitest';
import { schedulerOf, schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

describe('Fixed rate', () => {
  it('is due at the start and at every multiple of the interval after it', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));

    expect(scheduler.tick(0)).toStart('fetch');
    scheduler.end('fetch', succeeded, '10s');
    expect(scheduler.tick('59999ms')).toStartNothing();
    expect(scheduler.tick('1m')).toStart('fetch');
  });

  it('B07: never drifts, however late its wake-ups and however long its runs are', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 1_000 }));
    for (let second = 0; second < 10_000; second++) {
      scheduler.stall(second * 1_000 + ((second * 7) % 20));
      scheduler.end('fetch', succeeded, scheduler.now + ((second * 137) % 900));
    }

    expect(scheduler.starts.map(({ scheduledAt }) => scheduledAt)).toEqual(
      Array.from({ length: 10_000 }, (_, second) => second * 1_000),
    );
    expect(scheduler.starts.every(({ at, scheduledAt }) => at - scheduledAt < 25)).toBe(true);
  });

  it('B01: counts from the initial delay, which may be longer than a timer can hold', () => {
    const delay = 2 ** 32 + 5_000;
    const scheduler = schedulerWith(worker('fetch', { interval: 2 ** 31, initialDelay: delay }));
    scheduler.tick(delay);
    scheduler.end('fetch', succeeded);
    scheduler.tick(delay + 2 ** 31);

    expect(scheduler.startsOf('fetch')).toEqual([delay, delay + 2 ** 31]);
  });

  it('leaves out the start with runOnStart: false', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1m', runOnStart: false, initialDelay: '10s' }),
    );

    expect(scheduler.tick('69999ms')).toStartNothing();
    expect(scheduler.tick('70s')).toStart('fetch');
  });

  it('is not moved by a manual trigger', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', runOnStart: false }));
    scheduler.trigger('fetch', {}, '30s');
    scheduler.end('fetch', succeeded, '40s');

    expect(scheduler.tick('1m')).toStart('fetch');
  });

  it('begins when it is registered, for a worker that comes later', () => {
    const scheduler = schedulerWith();
    scheduler.tick('10s');
    scheduler.define(worker('fetch', { interval: '1m' }));
    scheduler.end('fetch', succeeded, '11s');
    scheduler.tick('70s');

    expect(scheduler.startsOf('fetch')).toEqual([10_000, 70_000]);
  });
});

describe('Fixed delay', () => {
  it('is due that long after the previous run has ended', () => {
    const scheduler = schedulerWith(worker('poll', { interval: '1m', cadence: 'fixed-delay' }));
    scheduler.end('poll', succeeded, '25s');

    expect(scheduler.tick('84999ms')).toStartNothing();
    expect(scheduler.tick('85s')).toStart('poll');
  });

  it('is not moved by a manual trigger', () => {
    const scheduler = schedulerWith(worker('poll', { interval: '1m', cadence: 'fixed-delay' }));
    scheduler.end('poll', succeeded, 0);
    scheduler.trigger('poll', {}, '30s');
    scheduler.end('poll', succeeded, '40s');

    expect(scheduler.tick('1m')).toStart('poll');
  });

  it('goes on after a due instant that started nothing', () => {
    const scheduler = schedulerWith(worker('poll', { interval: '1m', cadence: 'fixed-delay' }));
    scheduler.end('poll', succeeded, 0);
    scheduler.trigger('poll', {}, '50s');

    expect(scheduler.tick('1m')).toReport('run.skipped', { reason: 'ALREADY_RUNNING' });
    scheduler.end('poll', succeeded, '70s');
    expect(scheduler.tick('2m')).toStart('poll');
  });
});

describe('Jitter', () => {
  const jittered = (random: number) =>
    schedulerOf({ random: () => random }, worker('fetch', { interval: '1m', jitter: '10s' }));

  it.each([0, 0.25, 1])('delays a due instant by its share %f of the most', (share) => {
    const scheduler = jittered(share);
    scheduler.tick('15s');
    scheduler.end('fetch', succeeded);
    scheduler.tick('75s');

    expect(scheduler.starts.map(({ at }) => at)).toEqual([share * 10_000, 60_000 + share * 10_000]);
  });

  it('leaves the due instants themselves on the grid', () => {
    const scheduler = jittered(1);
    scheduler.tick('15s');
    scheduler.end('fetch', succeeded);
    scheduler.tick('75s');

    expect(scheduler.starts.map(({ scheduledAt, missed }) => [scheduledAt, missed])).toEqual([
      [0, 0],
      [60_000, 0],
    ]);
  });
});
