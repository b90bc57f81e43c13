import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

const startedAfter = (next: TestScheduler): object[] =>
  next.starts.map(({ worker: name, at, scheduledAt, missed }) => ({
    name,
    at,
    scheduledAt,
    missed,
  }));

/** Each second another run waits for a dependency that is at work. */
const heldBack = (options: { readonly maxPending?: number }): TestScheduler => {
  const scheduler = schedulerWith(
    worker('gate'),
    worker('fetch', {
      ...{ interval: '1s', initialDelay: '1s', misfire: 'all', ...options },
      dependsOn: [{ worker: 'gate', condition: 'idle' }],
    }),
  );
  scheduler.trigger('gate');
  return scheduler;
};

describe('A process that takes over', () => {
  it('goes on with a fixed rate on its grid, making up for what was missed', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.end('fetch', succeeded, '5s');
    const next = scheduler.replaced('3m');
    next.end('fetch', succeeded, '181s');
    next.tick('4m');

    expect(startedAfter(next)).toEqual([
      { name: 'fetch', at: 180_000, scheduledAt: 60_000, missed: 2 },
      { name: 'fetch', at: 240_000, scheduledAt: 240_000, missed: 0 },
    ]);
  });

  it('B14: makes up once for any number of missed instants, and goes on as ever', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 60_000 }));
    scheduler.end('fetch', succeeded, '5s');
    const next = scheduler.replaced('185m');
    next.end('fetch', succeeded, '186m');
    next.tick('187m');

    expect(startedAfter(next)).toEqual([
      { name: 'fetch', at: 185 * 60_000, scheduledAt: 60_000, missed: 184 },
      { name: 'fetch', at: 187 * 60_000, scheduledAt: 187 * 60_000, missed: 0 },
    ]);
    expect(next.view('fetch')).toMatchObject({ enabled: true, failures: 0 });
  });

  it('shows the latest run, and the latest error, until it has runs of its own', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', maxRetries: 0 }));
    scheduler.end('fetch', failed, '5s');
    const { lastRun, lastError } = scheduler.view('fetch');
    expect(lastError).toBeDefined();

    const next = scheduler.replaced('30s').replaced('40s');
    expect(next.view('fetch')).toMatchObject({ lastRun: { ...lastRun, waits: [] }, lastError });

    next.tick('1m');
    next.end('fetch', succeeded, '61s');
    expect(next.view('fetch')).toMatchObject({ lastRun: { status: 'succeeded' }, lastError });
  });

  it('starts nothing on its start where nothing was missed', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.end('fetch', succeeded, '5s');

    const next = scheduler.replaced('30s');
    expect(next.tick('59s')).toStartNothing();
    expect(next.tick('1m')).toStart('fetch');
  });

  it('counts a fixed delay from the end of the last run', () => {
    const scheduler = schedulerWith(worker('poll', { interval: '1m', cadence: 'fixed-delay' }));
    scheduler.end('poll', succeeded, '20s');

    const next = scheduler.replaced('30s');
    expect(next.tick('79s')).toStartNothing();
    expect(next.tick('80s')).toStart('poll');
  });

  it('makes up for a cron, also for its very first instant', () => {
    const nightly = worker('nightly', { cron: '0 3 * * *', timeZone: 'UTC' });
    const scheduler = schedulerOf({ from: '2026-03-01T02:00Z' }, nightly);

    const second = scheduler.replaced('2026-03-01T04:00Z');
    expect(second.tick('2026-03-01T04:00Z')).toStart('nightly');
    second.end('nightly', succeeded);
    const third = second.replaced('2026-03-04T04:00Z');
    expect(third.starts).toMatchObject([{ missed: 2 }]);
  });

  it.each([
    ['5m', [300_000, 600_000]],
    ['20m', [1_200_000, 2_400_000]],
  ] as const)(
    'counts an interval changed to %s from the last claimed due instant',
    (interval, due) => {
      const scheduler = schedulerWith(worker('fetch', { interval: '10m' }));
      scheduler.end('fetch', succeeded, 1);
      const next = scheduler.replaced('2m', worker('fetch', { interval }));
      for (const at of due) {
        next.tick(at);
        next.end('fetch', succeeded);
      }

      expect(next.startsOf('fetch')).toEqual(due);
    },
  );

  it('does not run an instant again that was claimed when its process died', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.tick('30s');

    const next = scheduler.replaced('31s');
    expect(next.tick('59s')).toStartNothing();
    expect(next.tick('1m')).toStart('fetch');
  });

  it('does not make up for instants that were skipped for good', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.tick('5m');

    const next = scheduler.replaced('5.5m');
    expect(next.tick('359s')).toStartNothing();
  });

  it('remembers failures, auto-disable, and the operator’s word', () => {
    const scheduler = schedulerWith(
      worker('flaky', { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 3 }),
      worker('broken', { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 1 }),
      worker('off', { interval: '1m' }),
      worker('on', { interval: '1m', enabled: false }),
    );
    scheduler.end('flaky', failed, 1);
    scheduler.end('broken', failed, 1);
    scheduler.step((core, now) => core.disable('off', 'by hand', now), 2);
    scheduler.step((core, now) => core.enable('on', now), 2);
    const next = scheduler.replaced('10s');

    expect(next.view('flaky')).toMatchObject({ failures: 1, enabled: true });
    expect(next.view('broken')).toMatchObject({ disabledBy: 'failures', disabledAt: new Date(1) });
    expect(next.view('off')).toMatchObject({ disabledBy: 'operator', disabledReason: 'by hand' });
    // What the options say, they may say otherwise next time.
    expect(next.view('on')).toMatchObject({ disabledBy: 'options' });
    expect(next.tick('1m')).toStart('flaky');
  });

  it('says on enabling what passed while the worker was off, in both processes', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.end('fetch', succeeded, 1);
    scheduler.step((core, now) => core.disable('fetch', 'by hand', now), 2);
    const next = scheduler.replaced('5.5m');

    expect(next.step((core, now) => core.enable('fetch', now))).toReport('run.skipped', {
      reason: 'DISABLED',
      count: 5,
    });
  });

  it('goes on with a recovery', () => {
    const scheduler = schedulerWith(
      worker('fetch', {
        ...{ interval: '1h', maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1m' },
      }),
    );
    scheduler.end('fetch', failed, 0);
    scheduler.tick('1m');
    scheduler.end('fetch', failed);
    const next = scheduler.replaced('2m');

    expect(next.tick('179s')).toStartNothing();
    expect(next.tick('3m')).toStart('fetch');
    next.end('fetch', failed);
    expect(next.tick('7m')).toStart('fetch');
  });

  it('satisfies dependencies with what was', () => {
    const workers = [
      worker('fetch'),
      worker('process', { dependsOn: 'fetch' }),
      worker('once', { dependsOn: [{ worker: 'fetch', condition: 'fresh' }] }),
      worker('step', { dependsOn: 'fetch', runAfterDependencies: true }),
    ];
    const scheduler = schedulerWith(...workers);
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('once', {}, 2);
    const next = scheduler.replaced('1m');

    expect(next.tick('1m')).toStartNothing();
    expect(next.trigger('process')).toStart('process');
    expect(next.trigger('once')).toStartNothing();
    next.trigger('fetch');
    expect(next.end('fetch', succeeded)).toStart('once', 'step');
  });

  it('finds whatever the process had decided, after each command', () => {
    const workers = [
      worker('fetch', { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 2 }),
      worker('process', { interval: '2m', dependsOn: 'fetch', priority: JobPriority.HIGH }),
      worker('clean', { interval: '3m', blocks: ['process'], misfire: 'skip' }),
    ];
    const scheduler = schedulerWith(...workers);
    const outcomes = [succeeded, failed, failed, succeeded];
    for (let minute = 0; minute < 20; minute++) {
      const at = minute * 60_000;
      scheduler.tick(at + 10_000);
      while (scheduler.running.length > 0) {
        scheduler.end(scheduler.running[0]!.worker, outcomes[minute % 4]!);
      }
      if (minute === 8) scheduler.step((core, now) => core.enable('fetch', now));

      const next = scheduler.replaced(at + 20_000);
      for (const { name } of workers) {
        const [known, found] = [scheduler.view(name), next.view(name)];
        expect(found.failures).toBe(known.failures);
        expect(found.disabledReason).toBe(known.disabledReason);
        expect(found.nextDueAt).toEqual(known.nextDueAt);
        expect(found.lastSuccess).toEqual(known.lastSuccess);
      }
    }
  });

  it('makes up for what waited when it was killed, however much was skipped since', () => {
    const scheduler = heldBack({ maxPending: 3 });
    scheduler.tick('10s');
    const next = scheduler.replaced(10_500);
    for (const _ of [1, 2, 3]) next.end('fetch', succeeded);

    expect(next.starts.map(({ scheduledAt }) => scheduledAt)).toEqual([8_000, 9_000, 10_000]);
    expect(next.view('fetch').counts.skipped).toBe(7);
  });

  it('makes up for what waited when it was stopped, however much was skipped since', () => {
    const scheduler = heldBack({ maxPending: 3 });
    scheduler.tick('10s');
    scheduler.step((core, now) => core.drain(now));
    const next = scheduler.replaced(10_500);
    for (const _ of [1, 2, 3]) next.end('fetch', succeeded);

    expect(next.view('fetch').counts).toMatchObject({ started: 3, skipped: 7 });
  });

  it('leaves out of what waited only what was cancelled last', () => {
    const scheduler = heldBack({});
    scheduler.tick(3_500);
    const newest = scheduler.runs('fetch')[0]!.id;
    scheduler.step((core, now) => core.cancel(newest, 'test', now));
    const next = scheduler.replaced(3_600);
    for (const _ of [1, 2, 3]) next.end('fetch', succeeded);

    expect(next.starts.map(({ scheduledAt }) => scheduledAt)).toEqual([1_000, 2_000, 3_000]);
  });

  it('does not repeat a pipeline step that was called off', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('gate'),
      worker('step', {
        runAfterDependencies: true,
        dependsOn: ['fetch', { worker: 'gate', condition: 'idle' }],
      }),
    );
    scheduler.trigger('gate');
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, '1s');
    scheduler.trigger('gate');
    scheduler.end('gate', succeeded, '2s');
    const [waiting] = scheduler.runs('step');
    scheduler.step((core, now) => core.cancel(waiting!.id, 'test', now));

    expect(scheduler.replaced('10s').starts).toEqual([]);
  });

  it('tries a worker again that has been told to recover since its failures switched it off', () => {
    const options = { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 1 } as const;
    const scheduler = schedulerWith(worker('fetch', options));
    scheduler.end('fetch', failed, '5s');
    const next = scheduler.replaced('30s', worker('fetch', { ...options, autoEnableAfter: '10m' }));

    expect(next.tick('604s')).toStartNothing();
    expect(next.tick('605s')).toStart('fetch');
  });
});

describe('A clock that was set between two processes', () => {
  const fetch = worker('fetch', { interval: '1m' });

  it('is no reason for silence where it went back', () => {
    const scheduler = schedulerOf({ from: '2030-01-01T00:00Z' }, fetch);
    scheduler.end('fetch', succeeded, '10s');
    const next = scheduler.replaced('2026-01-01T00:00Z');

    next.tick('2026-01-01T00:01Z');
    expect(next.starts).toHaveLength(1);
  });

  it('is no reason for a cron to be silent either', () => {
    const scheduler = schedulerOf(
      { from: '2030-01-01T00:00Z' },
      worker('hourly', { cron: '0 * * * *', timeZone: 'UTC' }),
    );
    scheduler.end('hourly', succeeded, '10s');
    const next = scheduler.replaced('2026-01-01T00:30Z');

    next.tick('2026-01-01T01:00Z');
    expect(next.starts).toHaveLength(1);
  });

  it('does not disturb an interval where the former process had noticed', () => {
    const scheduler = schedulerOf({ from: '2026-01-01T12:00Z' }, fetch);
    scheduler.end('fetch', succeeded, '10s');
    scheduler.setWallClock(-3_600_000, '20s');
    scheduler.end('fetch', succeeded, '61s');

    // A new process takes its steady time from the wall clock.
    const next = scheduler.replaced('2026-01-01T11:01:30Z');
    expect(next.tick('2026-01-01T11:01:59Z')).toStartNothing();
    expect(next.tick('2026-01-01T11:02:00Z')).toStart('fetch');
  });
});

describe('An interval worker that becomes a cron worker while its run waits', () => {
  const busy = worker('busy', { interval: '10h', priority: 3 });

  it('claims the instant that the run stands for, also where the wall clock was set', () => {
    const from = '2026-01-01T00:00Z';
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1, from },
      busy,
      worker('fetch', { interval: '1h' }),
    );
    const cron = worker('fetch', { cron: '0 * * * *', timeZone: 'UTC' });
    scheduler.setWallClock(60_000, 500);
    scheduler.step((core, now) => {
      core.redefine(cron, now);
    }, 1_000);

    expect(scheduler.end('busy', succeeded, 2_000)).toStart('fetch');
    expect(scheduler.memories.get('fetch')?.claimedThrough).toBe(Date.parse(from) + 60_000);
  });
});

describe('A cron worker that also runs on start', () => {
  it('makes up for the instants missed while the process was down by that run', () => {
    const from = '2026-01-01T00:00:30Z';
    const hourly = worker('fetch', { cron: '0 * * * *', timeZone: 'UTC', runOnStart: true });
    const scheduler = schedulerOf({ from }, hourly);
    scheduler.end('fetch', succeeded);

    const next = scheduler.replaced('2026-01-01T03:30Z', hourly);

    expect(next.starts).toMatchObject([{ worker: 'fetch', missed: 2 }]);
  });
});

describe('A worker whose options switch it off', () => {
  it('is not tried again after its old cool-down', () => {
    const before = schedulerWith(
      worker('w', {
        interval: '1s',
        maxRetries: 0,
        maxConsecutiveFailures: 1,
        autoEnableAfter: '1m',
      }),
    );
    before.end('w', failed);
    const after = before.replaced(
      '10s',
      worker('w', { interval: '1s', autoEnableAfter: '1m', enabled: false }),
    );
    after.tick('10m');
    expect(after.startsOf('w')).toEqual([]);
  });
});

describe('A durable auto-disable', () => {
  it('outlives a deploy in which the options switch the worker off', () => {
    const options = { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 1 } as const;
    const before = schedulerWith(worker('w', options));
    before.end('w', failed);
    expect(before.memories.get('w')?.disabled?.by).toBe('failures');

    const off = before.replaced('10s', worker('w', { ...options, enabled: false }));
    const after = off.replaced('20s', worker('w', options));
    after.tick('10m');

    expect(after.startsOf('w')).toEqual([]);
  });
});

describe('A due instant that was claimed by a clock that was a little ahead', () => {
  it('is not due again', () => {
    const former = schedulerWith(worker('fetch', { interval: '1m' }));
    former.end('fetch', succeeded, 10);
    expect(former.tick('1m')).toStart('fetch');

    const next = former.replaced(59_960);
    expect(next.tick('1m')).toStartNothing();
    expect(next.tick('2m')).toStart('fetch');
  });
});
