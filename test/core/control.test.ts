import { describe, expect, it } from 'vitest';
import {
  QueueFullError,
  OrchestratorStoppedError,
  UnknownWorkerError,
  WorkerDisabledError,
  WorkerPausedError,
} from '../../lib/core/errors.js';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  worker,
} from '../support/core/scheduler-with.js';

describe('A disabled worker', () => {
  it('lets its current run finish', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));

    expect(scheduler.step((core, now) => core.disable('fetch', 'test', now), 50)).not.toAbort(
      'fetch',
    );
    expect(scheduler.end('fetch', succeeded, 60)).toReport('run.succeeded');
    expect(scheduler.tick('1h')).toStartNothing();
  });

  it('stands still, says once on enabling what has passed, and starts nothing extra', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.end('fetch', succeeded, 10);
    scheduler.step((core, now) => core.disable('fetch', 'by hand', now), 20);
    const enabled = scheduler.step((core, now) => core.enable('fetch', now), 1_050);

    expect(enabled).toReport('run.skipped', {
      ...{ reason: 'DISABLED', why: 'by hand', scheduledAt: new Date(100), count: 10 },
    });
    expect(enabled).toStartNothing();
    expect(scheduler.tick(1_100)).toStart('fetch');
  });

  it('enabled before its run has ended has one schedule and no immediate extra run', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.step((core, now) => core.disable('fetch', 'test', now), 40);
    scheduler.step((core, now) => core.enable('fetch', now), 60);
    scheduler.step((core, now) => core.enable('fetch', now), 60);

    expect(scheduler.end('fetch', succeeded, 80)).toStartNothing();
    for (let tick = 1; tick <= 10; tick++) scheduler.end('fetch', succeeded, tick * 100 + 1);
    expect(scheduler.startsOf('fetch')).toEqual([
      0,
      ...Array.from({ length: 10 }, (_, k) => k * 100 + 100),
    ]);
  });

  it('counts its fixed delay from the enabling, and says what has passed', () => {
    const scheduler = schedulerWith(worker('poll', { interval: 100, cadence: 'fixed-delay' }));
    scheduler.end('poll', succeeded, 10);
    scheduler.step((core, now) => core.disable('poll', 'test', now), 20);
    const enabled = scheduler.step((core, now) => core.enable('poll', now), 1_000);

    expect(enabled).toReport('run.skipped', { reason: 'DISABLED', count: 1 });
    expect(scheduler.tick(1_099)).toStartNothing();
    expect(scheduler.tick(1_100)).toStart('poll');
  });

  it('skips its run on start too', () => {
    const once = worker('once', { runOnStart: true, enabled: false });
    const scheduler = schedulerWith(once);
    const enabled = scheduler.step((core, now) => core.enable('once', now), '5h');

    expect(enabled).toReport('run.skipped', { reason: 'DISABLED', count: 1 });
    expect(scheduler.tick('6h')).toStartNothing();
    expect(scheduler.trigger('once')).toStart('once');
  });

  it('is told of anew where an operator takes over from its failures, and only then', () => {
    const scheduler = schedulerWith(
      worker('fetch', { maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1s' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, 1);
    scheduler.tick('2s');
    const byHand = scheduler.step((core, now) => core.disable('fetch', 'by hand', now));

    expect(byHand).toReport('worker.disabled', { by: 'operator', reason: 'by hand' });
    const again = scheduler.step((core, now) => core.disable('fetch', 'once more', now));
    expect(again).not.toReport('worker.disabled');
  });

  it('ends with at most one wake-up, whatever the number of toggles', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.end('fetch', succeeded, 1);
    for (let toggle = 0; toggle < 1_000; toggle++) {
      scheduler.step((core, now) =>
        toggle % 3 === 0 ? core.disable('fetch', 'test', now) : core.enable('fetch', now),
      );
    }
    scheduler.step((core, now) => core.enable('fetch', now));

    expect(scheduler.nextWakeAt).toBe(100);
    expect(scheduler.tick(100)).toStart('fetch');
    expect(scheduler.nextWakeAt).toBe(200);
  });

  it('may be so by its options, and by new ones', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100, enabled: false }));
    expect(scheduler.tick('1s')).toStartNothing();
    expect(scheduler.view('fetch')).toMatchObject({ state: 'disabled', disabledBy: 'options' });

    scheduler.step((core, now) => core.redefine(worker('fetch', { interval: 100 }), now));
    expect(scheduler.tick(1_100)).toStart('fetch');
    scheduler.step((core, now) =>
      core.redefine(worker('fetch', { interval: 100, enabled: false }), now),
    );
    expect(scheduler.view('fetch')).toMatchObject({ state: 'disabled', disabledBy: 'options' });
  });
});

describe('A paused worker', () => {
  it('lets its current run finish, and starts nothing', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.step((core, now) => core.pause('fetch', now), 50);

    expect(scheduler.end('fetch', succeeded, 60)).toReport('run.succeeded');
    expect(scheduler.tick('1h')).toStartNothing();
    expect(scheduler.view('fetch').state).toBe('paused');
  });

  it.each([
    ['once', 1],
    ['skip', 0],
    ['all', 10],
  ] as const)('catches up on resuming, with misfire: %s', (misfire, count) => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100, misfire, concurrency: 20 }));
    scheduler.tick(0);
    scheduler.end('fetch', succeeded, 10);
    scheduler.step((core, now) => core.pause('fetch', now), 20);
    const resumed = scheduler.step((core, now) => core.resume('fetch', now), 1_050);

    expect(resumed.started.length).toBe(Math.min(count, 5));
    expect(scheduler.view('fetch').waiting).toBe(Math.max(0, count - 5));
  });
});

describe('A paused orchestrator', () => {
  it('starts nothing, lets runs finish, and catches up on resuming', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.step((core, now) => core.pauseAll(now), 50);
    scheduler.end('fetch', succeeded, 60);
    expect(scheduler.tick('1s')).toStartNothing();
    expect(scheduler.status()).toMatchObject({ state: 'running', paused: true });

    expect(scheduler.step((core, now) => core.resumeAll(now), 1_050)).toStart('fetch');
    expect(scheduler.starts[1]).toMatchObject({ scheduledAt: 100, missed: 9 });
  });

  it('lets a pipeline step be due on resuming', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('process', { dependsOn: 'fetch', runAfterDependencies: true }),
    );
    scheduler.trigger('fetch');
    scheduler.step((core, now) => core.pauseAll(now));
    scheduler.end('fetch', succeeded, 5);

    expect(scheduler.step((core, now) => core.resumeAll(now), 10)).toStart('process');
  });
});

describe('A trigger', () => {
  const scheduler = schedulerWith(
    worker('off', { enabled: false }),
    worker('held'),
    worker('full', { maxPending: 1 }),
  );
  scheduler.step((core, now) => core.pause('held', now));
  scheduler.trigger('full');
  scheduler.trigger('full');

  it.each([
    ['an unknown worker', 'nobody', UnknownWorkerError],
    ['a disabled worker', 'off', WorkerDisabledError],
    ['a paused worker', 'held', WorkerPausedError],
    ['a worker whose queue is full', 'full', QueueFullError],
  ])('of %s is refused, and nothing is enqueued', (_, name, error) => {
    const before = scheduler.status().waiting;

    expect(() => scheduler.trigger(name)).toThrow(error);
    expect(scheduler.status().waiting).toBe(before);
  });

  it.each(['off', 'held', 'full'])(
    'that another process has accepted is not refused for what came later: %s',
    (name) => {
      const before = scheduler.status().waiting;

      expect(scheduler.trigger(name, { wasAccepted: true })).toStartNothing();
      expect(scheduler.status().waiting).toBe(before + 1);
    },
  );

  it('is refused while the orchestrator is stopped or draining', () => {
    const draining = schedulerWith(worker('fetch'));
    draining.step((core, now) => core.drain(now));
    expect(() => draining.trigger('fetch')).toThrow(OrchestratorStoppedError);
    draining.step((core, now) => core.stopped(now));
    expect(() => draining.trigger('fetch')).toThrow(OrchestratorStoppedError);
  });

  it('100 times in one tick is accepted up to maxPending, and each ends once', () => {
    const burst = schedulerWith(worker('w', { maxPending: 10 }));
    const ids: string[] = [];
    let refused = 0;
    for (let time = 0; time < 100; time++) {
      try {
        ids.push(burst.trigger('w').runId);
      } catch {
        refused++;
      }
    }
    expect([burst.view('w').running, burst.view('w').waiting, refused]).toEqual([1, 10, 89]);

    const ended: string[] = [];
    while (burst.running.length > 0) {
      for (const event of burst.end('w', succeeded).events) {
        if (event.type === 'run.succeeded') ended.push(event.runId);
      }
    }
    expect(ended).toEqual(ids);
  });

  it('with a dedupeKey stands for those with the same, until it ends', () => {
    const dedupe = schedulerWith(worker('w', { maxPending: 1 }));
    const first = dedupe.trigger('w', { dedupeKey: 'k', payload: 1 }).runId;
    const second = dedupe.trigger('w', { dedupeKey: 'other' }).runId;

    expect(dedupe.trigger('w', { dedupeKey: 'k', payload: 2 }).runId).toBe(first);
    expect(dedupe.trigger('w', { dedupeKey: 'other' }).runId).toBe(second);
    dedupe.end('w', succeeded, 1);
    expect(dedupe.trigger('w', { dedupeKey: 'k' }).runId).not.toBe(first);
  });

  it('that is delayed counts for maxPending, and may be cancelled', () => {
    const delayed = schedulerWith(worker('w', { maxPending: 1 }));
    const { runId } = delayed.trigger('w', { delayMs: 1_000 });
    expect(() => delayed.trigger('w')).toThrow(QueueFullError);
    delayed.step((core, now) => core.cancel(runId, 'test', now));

    expect(delayed.trigger('w')).toStart('w');
    expect(delayed.tick('1h')).toStartNothing();
  });

  it('inside a run is accepted: of itself, of a dependant, of one that blocks it', () => {
    const inside = schedulerWith(
      worker('self'),
      worker('dependant', { dependsOn: 'self' }),
      worker('blocker', { blocks: 'self', priority: 0 }),
    );
    for (const name of ['self', 'self', 'dependant', 'blocker']) inside.trigger(name);

    expect(inside.end('self', succeeded, 1)).toStart('self');
    expect(inside.end('self', succeeded, 2)).toStart('dependant', 'blocker');
  });
});

describe('Cancelling', () => {
  it('removes a waiting run, and lets the next one through', () => {
    const scheduler = schedulerWith(worker('sweep', { blocks: ['a'] }), worker('a'));
    scheduler.trigger('sweep');
    const { runId } = scheduler.trigger('a', { payload: 1 });
    scheduler.trigger('a', { payload: 2 });

    expect(scheduler.step((core, now) => core.cancel(runId, 'test', now))).toReport(
      'run.cancelled',
      {
        runId,
        why: 'test',
      },
    );
    scheduler.end('sweep', succeeded, 1);
    expect(scheduler.running).toMatchObject([{ worker: 'a', payload: 2 }]);
  });

  it('aborts a running attempt, whose run has ended while its tail holds its place', () => {
    const scheduler = schedulerWith(worker('a'));
    const { runId } = scheduler.trigger('a');
    const cancelled = scheduler.step((core, now) => core.cancel(runId, 'test', now), 5);

    expect(cancelled).toAbort('a');
    expect(cancelled).toReport('run.cancelled', { runId });
    expect(scheduler.trigger('a')).toStartNothing();
    expect(scheduler.settle('a', 9)).toStart('a');
  });

  it('that crosses the end of the attempt changes nothing and leaves nothing behind', () => {
    const scheduler = schedulerWith(worker('a'));
    const { runId } = scheduler.trigger('a');
    scheduler.step((core, now) => core.cancel(runId, 'test', now));
    const end = scheduler.step((core, now) => core.attemptEnded(runId, 1, succeeded, true, now));

    expect(end.events).toEqual([]);
    expect(scheduler.view('a')).toMatchObject({
      running: 0,
      counts: { succeeded: 0, cancelled: 1 },
    });
  });

  it('ends a run that backs off', () => {
    const scheduler = schedulerWith(worker('a', { backoff: '1s' }));
    const { runId } = scheduler.trigger('a');
    scheduler.end('a', failed, 1);
    scheduler.step((core, now) => core.cancel(runId, 'test', now));

    expect(scheduler.tick('1h')).toStartNothing();
    expect(scheduler.view('a').state).toBe('idle');
  });

  it('of a run that has ended says so', () => {
    const scheduler = schedulerWith(worker('a'));
    const { runId } = scheduler.trigger('a');
    scheduler.end('a', succeeded, 1);

    expect(scheduler.core.cancel(runId, 'test', 2)).toBe(false);
    expect(scheduler.runs('a')).toMatchObject([{ status: 'succeeded' }]);
  });
});

describe('Unregistering', () => {
  it('is refused while others refer to the worker', () => {
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { dependsOn: 'a' }),
      worker('c', { blocks: 'a' }),
    );

    expect(() => scheduler.core.remove('a', 0)).toThrow(/"b" depends on "a".*\n.*"c" blocks "a"/s);
  });

  it('cancels what waits and lets a current run go on to its end', () => {
    const scheduler = schedulerWith(worker('a', { interval: 10 }));
    scheduler.trigger('a', {}, 5);

    expect(scheduler.step((core, now) => core.remove('a', now))).toReport('run.cancelled');
    expect(scheduler.end('a', succeeded, 7)).toReport('run.succeeded');
    expect(scheduler.nextWakeAt).toBeUndefined();
    expect(scheduler.runs()).toEqual([]);
  });

  it.each([
    ['continuous', { executionMode: WorkerExecutionMode.CONTINUOUS }],
    ['fixed delay', { interval: 10, cadence: 'fixed-delay' }],
    ['a failure with retries left', { interval: 10 }],
  ] as const)('is final for a worker in mid-run: %s', (_, options) => {
    const scheduler = schedulerWith(worker('a', options));
    scheduler.step((core, now) => core.remove('a', now), 5);
    scheduler.end('a', 'executionMode' in options ? succeeded : failed, 7);

    expect(scheduler.tick('1h')).toStartNothing();
    expect(scheduler.nextWakeAt).toBeUndefined();
  });

  it('keeps a successor of the same name from overlapping the current run', () => {
    const scheduler = schedulerWith(worker('a', { interval: 10 }));
    scheduler.step((core, now) => core.remove('a', now), 5);
    scheduler.tick(6);
    scheduler.define(worker('a', { interval: 10 }));
    expect(scheduler.tick(6)).toStartNothing();
    expect(scheduler.explain('a')).toMatchObject({ reason: 'BLOCKED', heldBy: 'a' });

    expect(scheduler.end('a', succeeded, 7)).toStart('a');
  });
});

describe('Updating', () => {
  it('counts a changed interval from the last due instant that was claimed', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '10m' }));
    scheduler.end('fetch', succeeded, 1);
    scheduler.step((core, now) => core.redefine(worker('fetch', { interval: '5m' }), now), '2m');

    expect(scheduler.tick('5m')).toStart('fetch');
  });

  it('makes of what is past by a changed interval one due instant, also with misfire: all', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1h', misfire: 'all' }));
    scheduler.end('fetch', succeeded, 1);
    const quick = worker('fetch', { interval: '1s', misfire: 'all' });

    expect(scheduler.step((core, now) => core.redefine(quick, now), '59m')).toStart('fetch');
    expect(scheduler.view('fetch')).toMatchObject({ running: 1, waiting: 0 });
    expect(scheduler.view('fetch').counts.skipped).toBe(0);
    scheduler.end('fetch', succeeded, 59 * 60_000 + 1);
    expect(scheduler.tick(59 * 60_000 + 999)).toStartNothing();
    expect(scheduler.tick(59 * 60_000 + 1_000)).toStart('fetch');
  });

  it.each([{}, { runOnStart: true }])(
    'counts a changed cron pattern from now, with %j',
    (options) => {
      const cron = (pattern: string) =>
        worker('night', { cron: pattern, timeZone: 'UTC', ...options });
      const scheduler = schedulerOf({ from: '2026-06-01T02:00Z' }, cron('0 3 * * *'));
      if ('runOnStart' in options) scheduler.end('night', succeeded, '2026-06-01T02:01Z');
      scheduler.end('night', succeeded, '2026-06-01T03:00Z');
      const update = scheduler.step(
        (core, now) => core.redefine(cron('0 5 * * *'), now),
        '2026-06-01T12:00Z',
      );

      expect(update).toStartNothing();
      expect(scheduler.tick('2026-06-02T04:59Z')).toStartNothing();
      expect(scheduler.tick('2026-06-02T05:00Z')).toStart('night');
    },
  );

  it.each([
    ['a cron pattern', { cron: '0,30 * * * *', timeZone: 'UTC' }],
    ['an interval', { interval: '12h' }],
  ] as const)('still owes what was due while it was paused, also by %s', (_, options) => {
    const from = '2026-06-01T03:30Z';
    const scheduler = schedulerOf(
      { from },
      worker('fetch', { cron: '0 * * * *', timeZone: 'UTC' }),
    );
    scheduler.step((core, now) => core.pause('fetch', now));
    scheduler.step(
      (core, now) => core.redefine(worker('fetch', options), now),
      '2026-06-01T08:10Z',
    );

    expect(scheduler.step((core, now) => core.resume('fetch', now), '2026-06-01T08:20Z')).toStart(
      'fetch',
    );
  });

  it.each(['at work', 'waiting'])('of a cron pattern holds while a run is %s', (state) => {
    const cron = (pattern: string) =>
      worker('fetch', { cron: pattern, timeZone: 'UTC', blocks: '*' });
    const scheduler = schedulerOf({ from: '2026-05-31T02:30Z' }, worker('busy'), cron('0 3 * * *'));
    scheduler.end('fetch', succeeded, '2026-05-31T03:00Z');
    if (state === 'waiting') scheduler.trigger('busy');
    scheduler.tick('2026-06-01T03:00Z');
    scheduler.step((core, now) => core.redefine(cron('0 5 * * *'), now), '2026-06-01T12:00Z');
    if (state === 'waiting') scheduler.end('busy', succeeded, '2026-06-01T12:10Z');
    scheduler.end('fetch', succeeded, '2026-06-01T12:30Z');

    const next = scheduler.replaced('2026-06-01T13:00Z');
    expect(next.starts).toEqual([]);
    expect(next.tick('2026-06-02T05:00Z')).toStart('fetch');
  });

  it('counts a changed fixed delay from the last end', () => {
    const poll = (interval: '20m' | '5m') => worker('poll', { interval, cadence: 'fixed-delay' });
    const scheduler = schedulerWith(poll('20m'));
    scheduler.end('poll', succeeded, '9m');
    scheduler.step((core, now) => core.redefine(poll('5m'), now), '10m');

    expect(scheduler.tick('13m')).toStartNothing();
    expect(scheduler.tick('14m')).toStart('poll');
  });

  it('makes no late run of what is past by a changed interval', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1h', misfire: 'skip' }));
    scheduler.end('fetch', succeeded, 1);
    const sooner = worker('fetch', { interval: '10m', misfire: 'skip' });

    expect(scheduler.step((core, now) => core.redefine(sooner, now), '35m')).toStart('fetch');
  });

  it('of the option "enabled" lifts no disabling by hand', () => {
    const scheduler = schedulerWith(worker('fetch'));
    scheduler.step((core, now) => core.disable('fetch', 'by hand', now));
    for (const enabled of [false, true]) {
      scheduler.step((core, now) => core.redefine(worker('fetch', { enabled }), now));
    }

    expect(scheduler.view('fetch')).toMatchObject({ enabled: false, disabledReason: 'by hand' });
  });

  it('leaves the schedule alone where it is the same', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '10m', initialDelay: '1m' }));
    scheduler.step(
      (core, now) =>
        core.redefine(worker('fetch', { interval: '10m', initialDelay: '1m', priority: 3 }), now),
      '30s',
    );

    expect(scheduler.tick('1m')).toStart('fetch');
  });

  it('takes effect on waiting runs', () => {
    const scheduler = schedulerOf({}, worker('never'), worker('a', { dependsOn: 'never' }));
    scheduler.trigger('a');

    expect(scheduler.step((core, now) => core.redefine(worker('a'), now))).toStart('a');
  });

  it('goes on with its schedule where an update does not concern that', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1h', initialDelay: '10m' }),
      worker('roll', { interval: '1h', runOnStart: false }),
      worker('once', { executionMode: WorkerExecutionMode.TRIGGERED, runOnStart: true }),
    );
    scheduler.end('once', succeeded, '1m');
    const update = (definition: ReturnType<typeof worker>, at: string) =>
      scheduler.step((core, now) => core.redefine(definition, now), at);
    update(worker('fetch', { interval: '1h', initialDelay: '10m', jitter: '1s' }), '9m');
    update(
      worker('once', {
        executionMode: WorkerExecutionMode.TRIGGERED,
        runOnStart: true,
        initialDelay: '1s',
      }),
      '9m',
    );
    expect(scheduler.tick(600_500)).toStart('fetch');
    update(worker('roll', { interval: '1h', runOnStart: false, jitter: '2s' }), '59m');

    scheduler.tick('61m');
    expect(scheduler.startsOf('roll')).toEqual([3_601_000]);
    expect(scheduler.startsOf('once')).toHaveLength(1);
  });
});
