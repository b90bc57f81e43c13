import { describe, expect, it } from 'vitest';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  TestScheduler,
  worker,
} from '../support/core/scheduler-with.js';

describe('A run is held back', () => {
  it('PAUSED while the orchestrator is starting', () => {
    const scheduler = new TestScheduler();
    scheduler.define(worker('report'));
    scheduler.step((core, now) => core.prepare(now));

    expect(scheduler.trigger('report')).toReport('run.waiting', { reason: 'PAUSED' });
    expect(scheduler.explain('report')).toMatchObject({
      reason: 'PAUSED',
      detail: 'it is starting',
    });
    scheduler.start();
    expect(scheduler.tick(0)).toStart('report');
  });

  it('PAUSED while the orchestrator is paused, and triggers are accepted', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.step((core, now) => core.pauseAll(now));

    expect(scheduler.trigger('report')).toReport('run.waiting', { reason: 'PAUSED' });
    expect(scheduler.explain('report')).toMatchObject({ reason: 'PAUSED' });
    expect(scheduler.step((core, now) => core.resumeAll(now), '1h')).toStart('report');
  });

  it('DRAINING while the orchestrator drains', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.step((core, now) => core.drain(now));

    expect(scheduler.explain('report')).toMatchObject({ reason: 'DRAINING' });
  });

  it('ENGINE_UNAVAILABLE while the engine cannot be reached', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.step((core, now) => core.engineLost('the store is gone', now));

    expect(scheduler.trigger('report')).toReport('run.waiting', { reason: 'ENGINE_UNAVAILABLE' });
    expect(scheduler.explain('report')).toMatchObject({ detail: 'the store is gone' });
    expect(scheduler.step((core, now) => core.engineFound(now), '1m')).toStart('report');
  });

  it('DISABLED while its worker is disabled', () => {
    const scheduler = schedulerWith(worker('sweep', { blocks: '*' }), worker('report'));
    scheduler.trigger('sweep');
    scheduler.trigger('report');
    scheduler.step((core, now) => core.disable('report', 'by hand', now));
    scheduler.end('sweep', succeeded, 5);

    expect(scheduler.explain('report')).toMatchObject({ reason: 'DISABLED', detail: 'by hand' });
    expect(scheduler.step((core, now) => core.enable('report', now))).toStart('report');
  });

  it('CIRCUIT_OPEN while its worker is disabled by its failures', () => {
    const scheduler = schedulerWith(worker('report', { maxRetries: 0, maxConsecutiveFailures: 1 }));
    scheduler.trigger('report');
    scheduler.trigger('report');
    scheduler.end('report', failed, 5);

    expect(scheduler.explain('report')).toMatchObject({
      reason: 'CIRCUIT_OPEN',
      detail: 'a failed run, the last with Error',
    });
  });

  it('PAUSED while its worker is paused', () => {
    const scheduler = schedulerWith(worker('sweep', { blocks: '*' }), worker('report'));
    scheduler.trigger('sweep');
    scheduler.trigger('report');
    scheduler.step((core, now) => core.pause('report', now));
    scheduler.end('sweep', succeeded, 5);

    expect(scheduler.explain('report')).toMatchObject({ reason: 'PAUSED', heldBy: 'report' });
    expect(scheduler.step((core, now) => core.resume('report', now))).toStart('report');
  });

  it('ALREADY_RUNNING while concurrency runs of its worker are running', () => {
    const scheduler = schedulerWith(worker('report', { concurrency: 2 }));
    scheduler.trigger('report');
    scheduler.trigger('report');

    expect(scheduler.trigger('report')).toStartNothing();
    expect(scheduler.explain('report')).toMatchObject({
      reason: 'ALREADY_RUNNING',
      heldBy: 'report',
    });
    expect(scheduler.end('report', succeeded, 5)).toStart('report');
  });

  it('DEPENDENCY while a dependency is unsatisfied', () => {
    const scheduler = schedulerWith(worker('fetch'), worker('process', { dependsOn: 'fetch' }));
    scheduler.trigger('process');

    expect(scheduler.explain('process')).toMatchObject({
      reason: 'DEPENDENCY',
      heldBy: 'fetch',
      detail: 'it has not run yet',
    });
    scheduler.trigger('fetch');
    expect(scheduler.end('fetch', succeeded, 5)).toStart('process');
  });

  it('BLOCKED while a worker in conflict is running', () => {
    const scheduler = schedulerWith(worker('clean', { blocks: 'report' }), worker('report'));
    scheduler.trigger('clean');
    scheduler.trigger('report');

    expect(scheduler.explain('report')).toMatchObject({ reason: 'BLOCKED', heldBy: 'clean' });
    expect(scheduler.end('clean', succeeded, 5)).toStart('report');
  });

  it('GROUP_FULL while a group has no free place', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('one', { groups: ['db'] }),
      worker('two', { groups: ['db'] }),
    );
    scheduler.trigger('one');
    scheduler.trigger('two');

    expect(scheduler.explain('two')).toMatchObject({ reason: 'GROUP_FULL', heldBy: 'db' });
    expect(scheduler.end('one', succeeded, 5)).toStart('two');
  });

  it('CAPACITY while maxConcurrentWorkers are running', () => {
    const scheduler = schedulerOf({ maxConcurrentWorkers: 1 }, worker('one'), worker('two'));
    scheduler.trigger('one');
    scheduler.trigger('two');

    expect(scheduler.explain('two')).toMatchObject({ reason: 'CAPACITY' });
    expect(scheduler.end('one', succeeded, 5)).toStart('two');
  });

  it('RESERVED while a run that outranks it has reserved what it needs', () => {
    const scheduler = schedulerWith(
      worker('long'),
      worker('clean', { blocks: ['long', 'short'] }),
      worker('short'),
    );
    scheduler.trigger('long');
    scheduler.trigger('clean', {}, 1);
    scheduler.trigger('short', {}, 2);

    expect(scheduler.explain('short')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });
    expect(scheduler.end('long', succeeded, 5)).toStart('clean');
    expect(scheduler.end('clean', succeeded, 6)).toStart('short');
  });
});

describe('Gates', () => {
  it('are all named, the binding one first', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1, groups: { db: 1 } },
      worker('busy', { groups: ['db'] }),
      worker('never'),
      worker('report', { dependsOn: 'never', blocks: 'busy', groups: ['db'] }),
    );
    scheduler.trigger('busy');
    scheduler.trigger('report');
    scheduler.step((core, now) => core.pause('report', now));
    scheduler.step((core, now) => core.pauseAll(now));

    expect(scheduler.explain('report').reasons.map(({ reason }) => reason)).toEqual([
      ...['PAUSED', 'PAUSED', 'DEPENDENCY', 'BLOCKED', 'GROUP_FULL', 'CAPACITY'],
    ]);
  });

  it('are checked again before a retry', () => {
    const scheduler = schedulerWith(
      worker('fetch', { backoff: '1s' }),
      worker('clean', { blocks: 'fetch' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, '1s');
    scheduler.trigger('clean');

    expect(scheduler.tick('5s')).toStartNothing();
    expect(scheduler.explain('fetch')).toMatchObject({ reason: 'BLOCKED', heldBy: 'clean' });
    expect(scheduler.end('clean', succeeded, '6s')).toStart('fetch');
  });

  it('are left to others by a cancelled run', () => {
    const scheduler = schedulerOf({ maxConcurrentWorkers: 1 }, worker('one'), worker('two'));
    scheduler.trigger('one');
    const { runId } = scheduler.trigger('two');
    scheduler.step((core, now) => core.cancel(runId, 'changed my mind', now));

    expect(scheduler.end('one', succeeded, 5)).toStartNothing();
    expect(scheduler.runs('two')).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('What a run has waited for is told once it waits for it no more', () => {
  const longBlockedBy = (...blockers: string[]): TestScheduler => {
    const others = blockers.map((name) => worker(name, { blocks: 'late' }));
    return schedulerWith(worker('late'), ...others);
  };

  it('with its start', () => {
    const scheduler = longBlockedBy('long');
    scheduler.trigger('long');
    scheduler.trigger('late');

    expect(scheduler.end('long', succeeded, 40)).toReport('run.started', {
      worker: 'late',
      waited: { reason: 'BLOCKED', ms: 40 },
    });
  });

  it('with the next reason', () => {
    const scheduler = longBlockedBy('long');
    scheduler.trigger('long');
    scheduler.trigger('late');

    expect(scheduler.step((core, now) => core.pauseAll(now), 10)).toReport('run.waiting', {
      reason: 'PAUSED',
      waited: { reason: 'BLOCKED', ms: 10 },
    });
    scheduler.end('long', succeeded, 15);
    expect(scheduler.step((core, now) => core.resumeAll(now), 30)).toReport('run.started', {
      waited: { reason: 'PAUSED', ms: 20 },
    });
  });

  it('with its end, where it never starts', () => {
    const scheduler = longBlockedBy('long');
    scheduler.trigger('long');
    const { runId } = scheduler.trigger('late');

    expect(scheduler.step((core, now) => core.cancel(runId, 'enough', now), 10)).toReport(
      'run.cancelled',
      { waited: { reason: 'BLOCKED', ms: 10 } },
    );
  });

  it('as one wait, though others are in the way by turns', () => {
    const scheduler = longBlockedBy('first', 'second');
    scheduler.trigger('first');
    scheduler.trigger('second');
    scheduler.trigger('late');
    scheduler.end('first', succeeded, 10);

    expect(scheduler.end('second', succeeded, 30)).toReport('run.started', {
      worker: 'late',
      waited: { reason: 'BLOCKED', ms: 30 },
    });
  });

  it('not where nothing held it back', () => {
    const scheduler = schedulerWith(worker('free'));
    const step = scheduler.trigger('free');

    expect(step).toReport('run.started');
    expect(step).not.toReport('run.started', { waited: expect.anything() as unknown });
  });
});
