import { expect, it } from 'vitest';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import { schedulerOf, schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

it('cancels the waiting run of a pipeline step once, and leaves nothing of it', () => {
  const scheduler = schedulerOf(
    { maxConcurrentWorkers: 1 },
    worker('fetch', { interval: '1h', priority: 3 }),
    worker('busy', { interval: '1h', initialDelay: 50, priority: 3 }),
    worker('step', { dependsOn: 'fetch', runAfterDependencies: true }),
  );
  scheduler.tick(60);
  scheduler.end('fetch', succeeded, 100);
  expect(scheduler.view('step').waiting).toBe(1);

  const removed = scheduler.step((core, now) => {
    core.remove('step', now);
  }, 200);

  expect(removed).toReport('run.cancelled');
  expect(scheduler.runs().filter((run) => run.worker === 'step')).toEqual([]);
});

it('a trigger does not hasten the first run of a continuous worker', () => {
  const scheduler = schedulerWith(
    worker('poll', { executionMode: WorkerExecutionMode.CONTINUOUS, initialDelay: '1h' }),
  );
  scheduler.trigger('poll', {}, 0);

  expect(scheduler.end('poll', succeeded, 1_000)).toStartNothing();
  expect(scheduler.tick('1h')).toStart('poll');
});
