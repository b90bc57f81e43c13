import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  skipped,
  succeeded,
  worker,
} from '../support/core/scheduler-with.js';

const CONTINUOUS = { executionMode: WorkerExecutionMode.CONTINUOUS };

describe('Continuous', () => {
  it('is due again as soon as its run has ended, however that was', () => {
    const scheduler = schedulerWith(worker('drain', { ...CONTINUOUS, maxRetries: 0 }));

    expect(scheduler.tick(0)).toStart('drain');
    expect(scheduler.end('drain', succeeded, 5)).toStart('drain');
    expect(scheduler.end('drain', failed, 9)).toStart('drain');
    expect(scheduler.end('drain', skipped, 9)).toStart('drain');
  });

  it('goes to the back of its priority', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1 },
      worker('one', CONTINUOUS),
      worker('two', CONTINUOUS),
      worker('three', CONTINUOUS),
    );
    for (let round = 0; round < 5; round++)
      scheduler.end(scheduler.running[0]!.worker, succeeded, 0);

    expect(scheduler.starts.map(({ worker: name }) => name)).toEqual([
      'one',
      'two',
      'three',
      'one',
      'two',
      'three',
    ]);
  });

  it('does not double when it is triggered besides', () => {
    const scheduler = schedulerWith(worker('drain', CONTINUOUS));
    scheduler.trigger('drain', {}, 5);

    expect(scheduler.end('drain', succeeded, 9)).toStart('drain');
    expect(scheduler.end('drain', succeeded, 12)).toStart('drain');
    expect(scheduler.view('drain').waiting).toBe(0);
  });

  it.each([
    ['misfire: skip', { misfire: 'skip' }],
    ['misfireGrace', { misfireGrace: 10 }],
  ] as const)('goes on after a pause, in spite of %s', (_, policy) => {
    const scheduler = schedulerWith(worker('drain', { ...CONTINUOUS, ...policy }));
    scheduler.step((core, now) => core.pause('drain', now), 5);
    scheduler.end('drain', succeeded, 9);

    expect(scheduler.step((core, now) => core.resume('drain', now), '1h')).toStart('drain');
    expect(scheduler.starts[1]).toMatchObject({ scheduledAt: 3_600_000, missed: 0 });
  });

  it('is not the older for having been off', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1 },
      worker('drain', { ...CONTINUOUS, priority: JobPriority.LOW }),
      worker('urgent', { priority: JobPriority.HIGH }),
      worker('busy'),
    );
    scheduler.step((core, now) => core.disable('drain', 'test', now), 1);
    scheduler.end('drain', succeeded, 2);
    scheduler.trigger('busy', {}, '1h');
    scheduler.trigger('urgent');
    scheduler.step((core, now) => core.enable('drain', now));

    expect(scheduler.end('busy', succeeded)).toStart('urgent');
  });

  it('goes on after its queue was full', () => {
    const scheduler = schedulerWith(worker('drain', { ...CONTINUOUS, maxPending: 1 }));
    scheduler.trigger('drain', {}, 1);

    expect(scheduler.end('drain', succeeded, 2)).toStart('drain');
    expect(scheduler.end('drain', succeeded, 3)).toStart('drain');
    expect(scheduler.end('drain', succeeded, 4)).toStart('drain');
  });
});

describe('Triggered', () => {
  it('is due only when triggered', () => {
    const scheduler = schedulerWith(worker('report'));

    expect(scheduler.tick('1000h')).toStartNothing();
    expect(scheduler.trigger('report', { payload: { page: 1 } })).toStart('report');
    expect(scheduler.running[0]).toMatchObject({ payload: { page: 1 }, missedCount: 0 });
  });

  it('is due at the start too, with runOnStart', () => {
    const scheduler = schedulerWith(worker('report', { runOnStart: true, initialDelay: '5s' }));

    expect(scheduler.tick('5s')).toStart('report');
    scheduler.end('report', succeeded);
    expect(scheduler.tick('1000h')).toStartNothing();
  });

  it('may be delayed', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.trigger('report', { delayMs: 2 ** 32 });

    expect(scheduler.tick(2 ** 32 - 1)).toStartNothing();
    expect(scheduler.tick(2 ** 32)).toStart('report');
  });
});

describe('Pipeline step', () => {
  const pipeline = () =>
    schedulerWith(
      worker('left', { maxRetries: 0 }),
      worker('right', { maxRetries: 0 }),
      worker('join', { dependsOn: ['left', 'right'], runAfterDependencies: true }),
    );
  const run = (scheduler: ReturnType<typeof pipeline>, name: string, at: number) => {
    scheduler.trigger(name, {}, at);
    return scheduler.end(name, succeeded);
  };

  it('is due when every dependency has succeeded', () => {
    const scheduler = pipeline();

    expect(run(scheduler, 'left', 1)).toStartNothing();
    expect(run(scheduler, 'right', 2)).toStart('join');
  });

  it('needs a success of every dependency since its last start', () => {
    const scheduler = pipeline();
    run(scheduler, 'left', 1);
    run(scheduler, 'right', 2);
    scheduler.end('join', succeeded, 3);

    expect(run(scheduler, 'left', 4)).toStartNothing();
    expect(run(scheduler, 'left', 5)).toStartNothing();
    expect(run(scheduler, 'right', 6)).toStart('join');
  });

  it('counts what succeeds while it runs, when it has ended', () => {
    const scheduler = pipeline();
    run(scheduler, 'left', 1);
    run(scheduler, 'right', 2);
    run(scheduler, 'left', 3);
    expect(run(scheduler, 'right', 4)).toStartNothing();

    expect(scheduler.end('join', succeeded, 5)).toStart('join');
    expect(scheduler.end('join', succeeded, 6)).toStartNothing();
  });

  it('does not count a failure', () => {
    const scheduler = pipeline();
    run(scheduler, 'left', 1);
    scheduler.trigger('right');

    expect(scheduler.end('right', failed)).toStartNothing();
    expect(run(scheduler, 'right', 2)).toStart('join');
  });

  it.each([
    ['paused', 'pause', 'resume'],
    ['disabled', 'disable', 'enable'],
  ] as const)('that is %s meanwhile is due when it is on again', (_, off, on) => {
    const scheduler = pipeline();
    scheduler.step((core, now) =>
      off === 'pause' ? core.pause('join', now) : core.disable('join', 'test', now),
    );
    run(scheduler, 'left', 1);
    expect(run(scheduler, 'right', 2)).toStartNothing();

    expect(scheduler.step((core, now) => core[on]('join', now), 3)).toStart('join');
  });

  it('B38: runs once per round of a diamond', () => {
    const scheduler = schedulerWith(
      worker('a', { interval: 100 }),
      worker('b', { dependsOn: 'a', runAfterDependencies: true }),
      worker('c', { dependsOn: 'a', runAfterDependencies: true }),
      worker('d', { dependsOn: ['b', 'c'], runAfterDependencies: true }),
    );
    for (let round = 0; round < 5; round++) {
      expect(scheduler.tick(round * 100)).toStart('a');
      expect(scheduler.end('a', succeeded, round * 100 + 10)).toStart('b', 'c');
      expect(scheduler.end('c', succeeded, round * 100 + 20)).toStartNothing();
      expect(scheduler.end('b', succeeded, round * 100 + 30)).toStart('d');
      expect(scheduler.end('d', succeeded, round * 100 + 40)).toStartNothing();
    }
  });
});
