import { describe, expect, it, vi } from 'vitest';
import { needsOf } from '../../lib/core/needs.js';
import {
  schedulerOf,
  schedulerWith,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

vi.mock('../../lib/core/needs.js', { spy: true });

/** A run of `waiter` triggers `awaited` and waits for its end. */
const awaits = (scheduler: TestScheduler, waiter: string, awaited: string) => {
  const { runId } = scheduler.trigger(awaited);
  const own = scheduler.running.find(({ worker: name }) => name === waiter)!.runId;
  return scheduler.step((core, now) => core.awaitRun(own, runId, now));
};

describe('Waiting inside a run is a deadlock', () => {
  it('for a run of the same worker', () => {
    const scheduler = schedulerWith(worker('a'));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'a')).toFindDeadlock('a → a → a');
  });

  it('for a dependant', () => {
    const scheduler = schedulerWith(worker('a'), worker('b', { dependsOn: 'a' }));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'b')).toFindDeadlock('a → b → a');
  });

  it('for a worker in conflict', () => {
    const scheduler = schedulerWith(worker('a'), worker('b', { blocks: 'a' }));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'b')).toFindDeadlock('a → b → a');
  });

  it('for the last place of a group', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('a', { groups: ['db'] }),
      worker('b', { groups: ['db'] }),
    );
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'b')).toFindDeadlock('a → b → a');
  });

  it('for the last place of all', () => {
    const scheduler = schedulerOf({ maxConcurrentWorkers: 1 }, worker('a'), worker('b'));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'b')).toFindDeadlock('a → b → a');
  });

  it('through a run that waits for it in turn', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'), worker('c', { blocks: 'a' }));
    scheduler.trigger('a');
    expect(awaits(scheduler, 'a', 'b')).toStartNothing();

    expect(awaits(scheduler, 'b', 'c')).toFindDeadlock('b → c → a → b');
  });

  it('through a waiting run of a dependency', () => {
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { blocks: 'a' }),
      worker('c', { dependsOn: [{ worker: 'b', condition: 'finished' }] }),
    );
    scheduler.trigger('a');
    scheduler.trigger('b');

    expect(awaits(scheduler, 'a', 'c')).toFindDeadlock('a → c → b → a');
  });

  it('for a dependant of a dependant that has not run yet', () => {
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { dependsOn: 'a' }),
      worker('c', { dependsOn: 'b' }),
    );
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'c')).toFindDeadlock('a → c → b → a');
  });

  it('for each other', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'));
    const [a, b] = [scheduler.trigger('a').runId, scheduler.trigger('b').runId];
    scheduler.step((core, now) => core.awaitRun(a, b, now));

    expect(scheduler.step((core, now) => core.awaitRun(b, a, now)).deadlocks).toHaveLength(1);
  });

  it('where two wait for one that needs the end of both', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'), worker('c', { blocks: ['a', 'b'] }));
    const [a, b] = [scheduler.trigger('a').runId, scheduler.trigger('b').runId];
    const { runId: c } = scheduler.trigger('c');
    scheduler.step((core, now) => core.awaitRun(a, c, now));

    expect(scheduler.step((core, now) => core.awaitRun(b, c, now)).deadlocks).toHaveLength(1);
  });

  it('as soon as it becomes one', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 2 },
      worker('a'),
      worker('b'),
      worker('c'),
    );
    scheduler.trigger('a');
    scheduler.trigger('b');
    expect(awaits(scheduler, 'a', 'c').deadlocks).toEqual([]);

    expect(awaits(scheduler, 'b', 'c').deadlocks.length).toBeGreaterThan(0);
  });

  it('found by asking each party what it needs once for each look where twenty runs take all places and each waits for a child', () => {
    const parents = Array.from({ length: 20 }, (_, index) => `parent-${index}`);
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 20 },
      ...parents.map((name) => worker(name)),
      worker('child', { concurrency: 20 }),
    );
    for (const name of parents) scheduler.trigger(name);
    const found = parents.flatMap((name) => {
      vi.mocked(needsOf).mockClear();
      return awaits(scheduler, name, 'child').deadlocks;
    });

    expect(found).toHaveLength(1);
    // Of the last trigger and the last wait: once each, and once more after the deadlock that was found.
    const parties = vi.mocked(needsOf).mock.calls.map(([, party]) => party);
    expect(parties.length).toBeLessThanOrEqual(3 * new Set(parties).size);
  });
});

describe('Waiting inside a run is no deadlock', () => {
  it('for a run that may start', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'b').deadlocks).toEqual([]);
  });

  it('for a dependant of a dependant that has done its part', () => {
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { dependsOn: 'a' }),
      worker('c', { dependsOn: 'b' }),
    );
    for (const name of ['a', 'b']) {
      scheduler.trigger(name);
      scheduler.end(name, succeeded, 1);
    }
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'c').deadlocks).toEqual([]);
    expect(scheduler.running.map((order) => order.worker)).toEqual(['a', 'c']);
  });

  it('for a worker that depends on the rest of one whose next run waits for the waiter', () => {
    const idle = { worker: 'b', condition: 'idle' } as const;
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { concurrency: 2, dependsOn: [{ worker: 'a', condition: 'idle' }] }),
      worker('c', { dependsOn: [idle] }),
    );
    scheduler.trigger('b');
    scheduler.trigger('a');
    scheduler.trigger('b');

    expect(awaits(scheduler, 'a', 'c').deadlocks).toEqual([]);
    expect(scheduler.end('b', succeeded, 1)).toStart('c');
  });

  it('for what was never triggered, but may be', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'), worker('c', { dependsOn: 'b' }));
    scheduler.trigger('a');

    expect(awaits(scheduler, 'a', 'c').deadlocks).toEqual([]);
  });

  it('for a place that another run will free', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 2 },
      worker('a'),
      worker('b'),
      worker('c'),
    );
    scheduler.trigger('a');
    scheduler.trigger('b');

    expect(awaits(scheduler, 'a', 'c').deadlocks).toEqual([]);
    expect(scheduler.end('b', succeeded, 1)).toStart('c');
  });

  it('for what an operator holds back', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'));
    scheduler.trigger('a');
    const { runId } = scheduler.trigger('b', { delayMs: 10 });
    scheduler.step((core, now) => core.disable('b', 'test', now));
    const own = scheduler.running[0]!.runId;

    expect(scheduler.step((core, now) => core.awaitRun(own, runId, now)).deadlocks).toEqual([]);
  });

  it('for those who are not part of the circle', () => {
    const scheduler = schedulerWith(worker('a'), worker('b'), worker('c'), worker('d'));
    const [a, b, c] = ['a', 'b', 'c'].map((name) => scheduler.trigger(name).runId);
    scheduler.step((core, now) => core.awaitRun(c!, a!, now));
    scheduler.step((core, now) => core.awaitRun(a!, b!, now));

    expect(scheduler.step((core, now) => core.awaitRun(b!, a!, now)).deadlocks).toEqual([
      'b → a → b',
    ]);
  });

  it.each([50, 0])('for runs that have ended, with a history of %d', (history) => {
    const scheduler = schedulerOf({ history }, worker('a'), worker('b'));
    scheduler.trigger('a');
    awaits(scheduler, 'a', 'b');
    scheduler.end('b', succeeded, 1);
    scheduler.trigger('b');

    expect(scheduler.end('a', succeeded, 2).deadlocks).toEqual([]);
    expect(scheduler.tick(3).deadlocks).toEqual([]);
  });

  it('once the waiting one was told to end', () => {
    const scheduler = schedulerWith(worker('a', { maxRetries: 1, backoff: 1 }), worker('b'));
    scheduler.trigger('a');
    awaits(scheduler, 'a', 'b');
    scheduler.end('a', timedOut, 1);
    const { runId } = scheduler.running[0]!;
    const [a] = scheduler.runs('a');

    expect(scheduler.step((core, now) => core.awaitRun(runId, a!.id, now)).deadlocks).toEqual([]);
  });
});
