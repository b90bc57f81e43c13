import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Needs } from '../../lib/core/admission/needs.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

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

  describe('once it becomes one', () => {
    const idle = (on: string) => ({ dependsOn: [{ worker: on, condition: 'idle' }] }) as const;

    it('because the latest run of a dependency failed, and its next one waits for the waiter', () => {
      const scheduler = schedulerWith(
        worker('w'),
        worker('a', { ...idle('w'), maxRetries: 0 }),
        worker('other'),
        worker('b', { dependsOn: ['other', 'a'] }),
      );
      for (const name of ['a', 'w', 'other']) scheduler.trigger(name);
      expect(awaits(scheduler, 'w', 'b').deadlocks).toEqual([]);

      expect(scheduler.end('a', failed, 1)).toFindDeadlock('w → b → a → w');
    });

    it('because the awaited run failed, and its next attempt waits for the waiter', () => {
      const scheduler = schedulerWith(worker('w'), worker('a', { ...idle('w'), concurrency: 2 }));
      const { runId: a } = scheduler.trigger('a');
      scheduler.trigger('a');
      const { runId: w } = scheduler.trigger('w');
      expect(scheduler.step((core, now) => core.awaitRun(w, a, now)).deadlocks).toEqual([]);

      expect(scheduler.end('a', failed, 1)).toFindDeadlock('w → a → w');
    });

    it('because a dependency is due first, and waits for the waiter', () => {
      const scheduler = schedulerOf(
        { maxConcurrentWorkers: 2 },
        worker('w'),
        worker('busy'),
        worker('a', { blocks: 'w' }),
        worker('b', { dependsOn: [{ worker: 'a', condition: 'finished' }] }),
      );
      scheduler.trigger('a');
      scheduler.end('a', succeeded, 1);
      scheduler.trigger('w', {}, 2);
      scheduler.trigger('busy', {}, 2);
      expect(awaits(scheduler, 'w', 'b').deadlocks).toEqual([]);

      expect(scheduler.trigger('a', {}, 2)).toFindDeadlock('w → b → a → w');
    });

    it('because a dependency was enabled whose next run waits for the waiter', () => {
      const scheduler = schedulerWith(
        worker('w'),
        worker('a', { ...idle('w'), enabled: false }),
        worker('b', { dependsOn: 'a' }),
      );
      scheduler.trigger('w');
      expect(awaits(scheduler, 'w', 'b').deadlocks).toEqual([]);

      expect(scheduler.step((core, now) => core.enable('a', now))).toFindDeadlock('w → b → a → w');
    });

    it('because the last other one of too many attempts has settled', () => {
      const scheduler = schedulerWith(worker('a', { concurrency: 2, maxRetries: 0 }));
      scheduler.trigger('a');
      const { runId: w } = scheduler.trigger('a');
      scheduler.step((core, now) => core.redefine(worker('a', { concurrency: 1 }), now));
      scheduler.end('a', timedOut, 1);
      const { runId } = scheduler.trigger('a');
      expect(scheduler.step((core, now) => core.awaitRun(w, runId, now)).deadlocks).toEqual([]);

      expect(scheduler.settle('a', 2)).toFindDeadlock('a → a → a');
    });

    it('because the waiter was changed to be in conflict', () => {
      const scheduler = schedulerWith(worker('w'), worker('a', { blocks: 'busy' }), worker('busy'));
      scheduler.trigger('busy');
      scheduler.trigger('w');
      expect(awaits(scheduler, 'w', 'a').deadlocks).toEqual([]);

      expect(
        scheduler.step((core, now) => core.redefine(worker('w', { blocks: 'a' }), now)),
      ).toFindDeadlock('w → a → w');
    });
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

  it('for its next attempt, whatever a former one waits for that was told to end', () => {
    const scheduler = schedulerWith(
      worker('a', { maxRetries: 1, backoff: 1, holdOnTimeout: false }),
      worker('b', { blocks: 'a' }),
      worker('c', { blocks: 'a' }),
    );
    scheduler.trigger('a');
    scheduler.end('a', timedOut, 1);
    const [a] = scheduler.runs('a');
    const { runId: b } = scheduler.trigger('b');
    scheduler.step((core, now) => core.awaitRun(a!.id, b, now));
    scheduler.abandon('a');
    scheduler.end('b', succeeded, 2);
    const { runId: c } = scheduler.trigger('c');

    expect(scheduler.step((core, now) => core.awaitRun(a!.id, c, now)).deadlocks).toEqual([
      'a → c → a',
    ]);
  });

  it('for a place that an aborted attempt gives back, though its run waits for the waiter', () => {
    const scheduler = schedulerWith(
      worker('w'),
      worker('a', { backoff: 1, dependsOn: [{ worker: 'w', condition: 'idle' }] }),
      worker('b', { blocks: 'a' }),
    );
    scheduler.trigger('a');
    scheduler.trigger('w');
    scheduler.end('a', timedOut, 1);
    scheduler.tick(10);

    expect(awaits(scheduler, 'w', 'b').deadlocks).toEqual([]);
    expect(scheduler.settle('a', 11)).toStart('b');
  });

  it('for what starts once all that is due has been looked at', () => {
    const many = Array.from({ length: 900 }, (_, index) =>
      worker(`w${String(index)}`, { interval: '1h', initialDelay: '1s' }),
    );
    const scheduler = schedulerWith(worker('a'), worker('b', { priority: 3 }), ...many);
    scheduler.trigger('a');
    scheduler.stall('1s');

    expect(awaits(scheduler, 'a', 'b').deadlocks).toEqual([]);
    scheduler.tick('1s');
    expect(scheduler.startsOf('b')).toEqual([1_000]);
  });
});

describe('To know that nothing is a deadlock, what the parties need is looked at a few times a step', () => {
  const FEW = 10;
  const looks = vi.spyOn(Needs.prototype, 'of');
  beforeEach(() => {
    looks.mockClear();
  });

  it('however many runs one awaits', () => {
    const count = 2_000;
    const scheduler = schedulerWith(worker('a'), worker('b', { maxPending: count }));
    scheduler.trigger('a');
    for (let index = 0; index < count; index++) awaits(scheduler, 'a', 'b');
    for (let index = 0; index < count; index++) scheduler.end('b', succeeded, index);

    expect(scheduler.view('b').counts.succeeded).toBe(count);
    expect(looks.mock.calls.length).toBeLessThan(FEW * 2 * count);
  });

  it('however many runs one awaits that depend on another, and fail', () => {
    const count = 500;
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { dependsOn: 'c', maxPending: count, maxRetries: 1, backoff: '1h' }),
      worker('c'),
    );
    scheduler.trigger('c');
    scheduler.end('c', succeeded, 1);
    scheduler.trigger('a');
    for (let index = 0; index < count; index++) awaits(scheduler, 'a', 'b');
    for (let index = 0; index < count; index++) scheduler.end('b', failed, index + 2);

    expect(scheduler.view('b').counts.retried).toBe(count);
    expect(looks.mock.calls.length).toBeLessThan(FEW * 2 * count);
  });

  it('however long the chain of runs each of which awaits the next', () => {
    const depth = 1_000;
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: depth },
      worker('a', { concurrency: depth }),
    );
    let last = scheduler.trigger('a').runId;
    for (let index = 1; index < depth; index++) {
      const { runId } = scheduler.trigger('a');
      const waiter = last;
      scheduler.step((core, now) => core.awaitRun(waiter, runId, now));
      last = runId;
    }

    expect(scheduler.running).toHaveLength(depth);
    expect(looks.mock.calls.length).toBeLessThan(FEW * 2 * depth);
    expect(awaits(scheduler, 'a', 'a').deadlocks).toHaveLength(0);
  });

  it('however many runs one awaits that a reservation must spare', () => {
    const count = 500;
    const scheduler = schedulerWith(
      worker('a'),
      worker('b', { maxPending: count }),
      worker('clean', { blocks: '*', priority: 3 }),
      worker('other'),
    );
    scheduler.trigger('a');
    for (let index = 0; index < count; index++) awaits(scheduler, 'a', 'b');
    scheduler.trigger('clean');
    scheduler.trigger('other');
    looks.mockClear();
    for (let index = 0; index < count; index++) scheduler.end('b', succeeded, index + 1);

    expect(scheduler.startsOf('other')).toEqual([]);
    expect(scheduler.end('a', succeeded, count)).toStart('clean');
    expect(looks.mock.calls.length).toBeLessThan(3 * FEW * count);
  });
});
