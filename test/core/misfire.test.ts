import { describe, expect, it } from 'vitest';
import { schedulerOf, schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

const fetchWith = (options: object = {}) =>
  schedulerWith(worker('fetch', { interval: 100, runOnStart: false, ...options }));

describe('Due instants missed while the event loop stood still', () => {
  it('start one late run by default, which is told how many there were', () => {
    const scheduler = fetchWith();

    expect(scheduler.stall('10s')).toStart('fetch');
    expect(scheduler.starts).toMatchObject([{ scheduledAt: 100, missed: 99 }]);
    scheduler.end('fetch', succeeded, 10_020);
    expect(scheduler.tick(10_099)).toStartNothing();
    expect(scheduler.tick(10_100)).toStart('fetch');
  });

  it('start nothing with misfire: skip, and the rhythm goes on', () => {
    const scheduler = fetchWith({ misfire: 'skip' });

    const late = scheduler.stall(10_050);
    expect(late).toStartNothing();
    expect(late).toReport('run.skipped', { reason: 'MISFIRE', count: 100 });
    expect(scheduler.tick(10_100)).toStart('fetch');
  });

  it('keep the one that is on time with misfire: skip', () => {
    const scheduler = fetchWith({ misfire: 'skip' });

    expect(scheduler.stall('10s')).toReport('run.skipped', { reason: 'MISFIRE', count: 99 });
    expect(scheduler.starts).toMatchObject([{ scheduledAt: 10_000, missed: 0 }]);
  });

  it('start one run each with misfire: all, the latest up to maxPending', () => {
    const scheduler = fetchWith({ misfire: 'all', maxPending: 3, concurrency: 5 });

    const late = scheduler.stall('10s');
    expect(late).toStart('fetch', 'fetch', 'fetch');
    expect(late).toReport('run.skipped', { reason: 'QUEUE_FULL', count: 97 });
    expect(scheduler.starts.map(({ scheduledAt }) => scheduledAt)).toEqual([9_800, 9_900, 10_000]);
  });

  it('start nothing beyond maxPending, also with misfire: skip', () => {
    const scheduler = fetchWith({ misfire: 'skip', overlap: 'queue', maxPending: 1 });
    scheduler.trigger('fetch');
    scheduler.trigger('fetch');

    expect(scheduler.stall(200)).toReport('run.skipped', { reason: 'QUEUE_FULL', count: 2 });
    expect(scheduler.view('fetch').waiting).toBe(1);
  });

  it('are counted, not listed: a century of them costs nothing', () => {
    const scheduler = fetchWith({ misfire: 'all', maxPending: 2, interval: 1 });
    const century = 100 * 365 * 86_400_000;

    expect(scheduler.stall(century)).toReport('run.skipped', { count: century - 2 });
  });

  it('of a cron are made up for once', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T00:00:30Z' },
      worker('minutely', { cron: '* * * * *', timeZone: 'UTC' }),
    );

    expect(scheduler.stall('10m')).toStart('minutely');
    expect(scheduler.starts).toMatchObject([{ scheduledAt: 30_000, missed: 9 }]);
    scheduler.end('minutely', succeeded);
    expect(scheduler.tick('629s')).toStartNothing();
    expect(scheduler.tick('630s')).toStart('minutely');
  });

  it('B13: of a nightly cron start it once, late, with its lateness told', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T12:00:00Z' },
      worker('nightly', { cron: '0 3 * * *', timeZone: 'UTC' }),
    );
    scheduler.tick('2026-03-02T02:59:59.500Z');

    const late = scheduler.stall('2026-03-02T03:00:05Z');

    expect(late).toStart('nightly');
    expect(late).toReport('run.started', { latenessMs: 5_000 });
    expect(scheduler.runs('nightly')).toMatchObject([
      {
        scheduledAt: new Date('2026-03-02T03:00:00Z'),
        startedAt: new Date('2026-03-02T03:00:05Z'),
        missedCount: 0,
      },
    ]);
    scheduler.end('nightly', succeeded);
    expect(scheduler.tick('2026-03-03T02:59:59Z')).toStartNothing();
  });

  it('of a cron are kept from the latest back with misfire: all', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T00:00:30Z' },
      worker('minutely', {
        ...{ cron: '* * * * *', timeZone: 'UTC', misfire: 'all' },
        ...{ maxPending: 2, concurrency: 2 },
      }),
    );
    scheduler.stall('10m');

    expect(scheduler.starts.map(({ scheduledAt }) => scheduledAt)).toEqual([510_000, 570_000]);
  });

  it('are none while wake-ups keep to their grid, even with misfire: skip', () => {
    const scheduler = schedulerOf(
      { tickIntervalMs: 5_000 },
      worker('fetch', { interval: '1s', misfire: 'skip' }),
    );
    scheduler.end('fetch', succeeded, 10);

    expect(scheduler.stall(5_003)).toStart('fetch');
    scheduler.end('fetch', succeeded, 5_010);
    expect(scheduler.stall(10_003)).toStart('fetch');
  });
});

describe('A late run', () => {
  it('runs: lateness alone drops nothing', () => {
    const scheduler = schedulerWith(worker('daily', { interval: '1d', misfire: 'skip' }));
    scheduler.end('daily', succeeded, 0);

    expect(scheduler.stall('24.5h')).toStart('daily');
    expect(scheduler.runs('daily')[0]).toMatchObject({ status: 'running', missedCount: 0 });
  });

  it('is skipped beyond misfireGrace', () => {
    const scheduler = schedulerWith(worker('daily', { interval: '1d', misfireGrace: '10m' }));
    scheduler.end('daily', succeeded, 0);

    expect(scheduler.stall('24.5h')).toReport('run.skipped', { reason: 'MISFIRE', count: 1 });
    expect(scheduler.tick('48h')).toStart('daily');
  });

  it('keeps of many due instants those within misfireGrace', () => {
    const scheduler = fetchWith({ misfireGrace: 250 });

    expect(scheduler.stall('10s')).toReport('run.skipped', { reason: 'MISFIRE', count: 97 });
    expect(scheduler.starts).toMatchObject([{ scheduledAt: 9_800, missed: 2 }]);
  });

  it('is skipped when it has waited beyond misfireGrace, and its worker goes on', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: '*' }),
      worker('poll', {
        interval: '1h',
        cadence: 'fixed-delay',
        runOnStart: false,
        misfireGrace: '1m',
      }),
    );
    scheduler.trigger('sweep', {}, '59m');

    scheduler.tick('1h');
    expect(scheduler.end('sweep', succeeded, '62m')).toReport('run.skipped', { reason: 'MISFIRE' });
    expect(scheduler.tick('122m')).toStart('poll');
  });

  it('that was triggered is never skipped for its lateness', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: '*' }),
      worker('report', { misfireGrace: '1m' }),
    );
    scheduler.trigger('sweep');
    scheduler.trigger('report');

    expect(scheduler.end('sweep', succeeded, '1h')).toStart('report');
  });
});

describe('A due instant between two wake-ups of a grid', () => {
  it('is not late by the rest of it, however short misfireGrace is', () => {
    const scheduler = schedulerOf(
      { tickIntervalMs: 1_000 },
      worker('fetch', { interval: '10s', initialDelay: 300, misfireGrace: 500 }),
    );

    expect(scheduler.stall(1_000)).toStart('fetch');
    scheduler.end('fetch', succeeded);
    expect(scheduler.stall(11_801)).toReport('run.skipped', { reason: 'MISFIRE', count: 1 });
  });
});

describe('A due instant that jitter delays', () => {
  const jittered = (options: object) =>
    schedulerWith(worker('fetch', { runOnStart: false, misfireGrace: '1m', ...options }));

  it('is not late by it', () => {
    const scheduler = jittered({ interval: '1h', jitter: '10m' });

    expect(scheduler.tick('1h')).toStartNothing();
    expect(scheduler.tick('65m')).toStart('fetch');
  });

  it('is not late by it where an earlier run, which still waits, stands for it', () => {
    const scheduler = schedulerOf(
      { random: () => 0.9 },
      worker('long', { timeout: false }),
      worker('fetch', { interval: '1m', jitter: '50s', misfireGrace: '10s', blocks: 'long' }),
    );
    scheduler.trigger('long');
    scheduler.tick('1m');
    scheduler.tick(105_000);

    expect(scheduler.end('long', succeeded, 106_000)).toStart('fetch');
  });

  it('is late by what comes on top', () => {
    const scheduler = jittered({ interval: '1h', jitter: '10m' });

    const late = scheduler.stall('67m');

    expect(late).toStartNothing();
    expect(late).toReport('run.skipped', { reason: 'MISFIRE', count: 1 });
  });

  it('misses none of a cron pattern that is faster than the jitter', () => {
    const scheduler = jittered({
      ...{ cron: '* * * * *', timeZone: 'UTC', jitter: '4m', misfire: 'skip', maxPending: 10 },
    });

    const started = scheduler.tick(121_000);

    expect(started).not.toReport('run.skipped');
    expect(scheduler.starts).toMatchObject([{ scheduledAt: 0, missed: 0 }]);
  });
});

describe('A worker that was resumed while it was off', () => {
  it('with misfire "skip" runs at its first due instant after it is enabled, though a timer lags', () => {
    const scheduler = schedulerWith(worker('w', { interval: '10s', misfire: 'skip' }));
    scheduler.end('w', succeeded);
    scheduler.step((core, now) => core.pause('w', now), '1s');
    scheduler.step((core, now) => core.disable('w', 'off', now), '2s');
    scheduler.step((core, now) => core.resume('w', now), '15s');
    scheduler.step((core, now) => core.enable('w', now), '16s');
    expect(scheduler.stall(20_001)).toStart('w');
  });

  it('with misfire "skip", also where it was off over a restart', () => {
    const before = schedulerWith(worker('w', { interval: '10s', misfire: 'skip' }));
    before.end('w', succeeded);
    before.step((core, now) => core.disable('w', 'off', now), '2s');
    const after = before.replaced('15s');
    after.step((core, now) => core.enable('w', now), '16s');
    expect(after.stall(20_001)).toStart('w');
  });
});
