import { describe, expect, it } from 'vitest';
import { succeeded, TestScheduler, worker } from '../support/core/scheduler-with.js';

function startedForTriggers(...workers: ReturnType<typeof worker>[]): TestScheduler {
  const scheduler = new TestScheduler();
  scheduler.define(...workers);
  scheduler.step((core, now) => core.startWithoutSchedules(now));
  return scheduler;
}

describe('An orchestrator that started for triggers alone', () => {
  it('lets nothing fall due by itself, pipeline steps included', () => {
    const scheduler = startedForTriggers(
      worker('fetch', { interval: '1m' }),
      worker('step', { dependsOn: ['fetch'], runAfterDependencies: true }),
    );
    scheduler.define(worker('late', { interval: '1m' }));

    expect(scheduler.trigger('fetch')).toStart('fetch');
    scheduler.end('fetch', succeeded, 5);
    scheduler.tick('1h');

    expect(scheduler.starts.map((start) => start.worker)).toEqual(['fetch']);
    expect(scheduler.nextWakeAt).toBeUndefined();
  });

  it('counts schedules from when they begin', () => {
    const scheduler = startedForTriggers(worker('early', { interval: '1m' }));
    scheduler.define(worker('late', { interval: '1m' }));

    scheduler.start('90s');
    for (const name of ['early', 'late']) scheduler.end(name, succeeded, '95s');
    scheduler.tick('3m');

    expect(scheduler.starts.map(({ at, missed }) => [at, missed])).toEqual([
      [90_000, 0],
      [90_000, 0],
      [150_000, 0],
      [150_000, 0],
    ]);
  });

  it('lets schedules begin again with it after a drain', () => {
    const scheduler = startedForTriggers(worker('fetch', { interval: '1m' }));
    scheduler.start();
    scheduler.end('fetch', succeeded, 5);
    scheduler.step((core, now) => core.drain(now));
    scheduler.step((core, now) => core.stopped(now));

    scheduler.step((core, now) => core.startWithoutSchedules(now), '10m');
    scheduler.tick('1h');
    expect(scheduler.starts).toHaveLength(1);

    scheduler.start('1h');
    expect(scheduler.starts).toHaveLength(2);
  });
});
