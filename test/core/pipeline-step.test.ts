import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import { schedulerOf, succeeded, worker } from '../support/core/scheduler-with.js';

/** `fetch` has succeeded and `busy` takes the only place, so `step` is due and waits. */
function stepThatWaits() {
  const scheduler = schedulerOf(
    { maxConcurrentWorkers: 1 },
    worker('fetch', { interval: '1h', priority: JobPriority.CRITICAL }),
    worker('busy', { interval: '10h', initialDelay: 50, priority: JobPriority.CRITICAL }),
    worker('step', { dependsOn: 'fetch', runAfterDependencies: true }),
  );
  scheduler.tick(60);
  scheduler.end('fetch', succeeded, 100);
  expect(scheduler.view('step').waiting).toBe(1);
  return scheduler;
}

describe('A pipeline step whose run waits', () => {
  it('is unregistered with that run, once, leaving nothing of it', () => {
    const scheduler = stepThatWaits();

    const removed = scheduler.step((core, now) => {
      core.remove('step', now);
    }, 200);

    expect(removed).toReport('run.cancelled');
    expect(scheduler.runs().filter((run) => run.worker === 'step')).toEqual([]);
  });

  it('is due again only by a new success, once that run was cancelled', () => {
    const scheduler = stepThatWaits();
    const [waiting] = scheduler.runs('step');
    scheduler.step((core, now) => core.cancel(waiting!.id, 'not today', now), 200);

    expect(scheduler.end('busy', succeeded, 300)).toStartNothing();
    expect(scheduler.view('step').waiting).toBe(0);

    expect(scheduler.tick('1h')).toStart('fetch');
    expect(scheduler.end('fetch', succeeded)).toStart('step');
  });
});
