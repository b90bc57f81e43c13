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

const { LOW, NORMAL, HIGH, CRITICAL } = JobPriority;
const onePlace = { maxConcurrentWorkers: 1 };
const workDown = (scheduler: TestScheduler, at: number): string[] => {
  const from = scheduler.starts.length;
  while (scheduler.running.length > 0) scheduler.end(scheduler.running[0]!.worker, succeeded, at);
  return scheduler.starts.slice(from).map(({ worker: name }) => name);
};

describe('Among ready runs', () => {
  it('the higher priority goes first', () => {
    const scheduler = schedulerOf(
      onePlace,
      worker('busy'),
      ...[LOW, CRITICAL, NORMAL, HIGH].map((priority) =>
        worker(JobPriority[priority], { priority }),
      ),
    );
    for (const name of ['busy', 'LOW', 'CRITICAL', 'NORMAL', 'HIGH']) scheduler.trigger(name);

    expect(workDown(scheduler, 5)).toEqual(['CRITICAL', 'HIGH', 'NORMAL', 'LOW']);
  });

  it('then the one due earlier', () => {
    const scheduler = schedulerOf(onePlace, worker('busy'), worker('a'), worker('b'));
    scheduler.trigger('busy');
    scheduler.trigger('b', {}, 1);
    scheduler.trigger('a', {}, 2);

    expect(workDown(scheduler, 5)).toEqual(['b', 'a']);
  });

  it('then the one registered earlier', () => {
    const scheduler = schedulerOf(onePlace, worker('busy'), worker('b'), worker('a'));
    for (const name of ['busy', 'a', 'b']) scheduler.trigger(name);

    expect(workDown(scheduler, 5)).toEqual(['b', 'a']);
  });

  it('one of a trigger with its own priority goes by that', () => {
    const scheduler = schedulerOf(
      onePlace,
      worker('busy'),
      worker('a', { priority: HIGH }),
      worker('b'),
    );
    scheduler.trigger('busy');
    scheduler.trigger('a');
    scheduler.trigger('b', { priority: CRITICAL });

    expect(workDown(scheduler, 5)).toEqual(['b', 'a']);
  });

  it('one gains a level for each agingStep that it has waited', () => {
    const scheduler = schedulerOf(
      { ...onePlace, agingStepMs: 100 },
      worker('busy'),
      worker('low', { priority: LOW }),
      worker('critical', { priority: CRITICAL }),
    );
    scheduler.trigger('busy');
    scheduler.trigger('low', {}, 10);
    scheduler.trigger('critical', {}, 309);
    expect(scheduler.end('busy', succeeded, 309)).toStart('critical');
    scheduler.trigger('critical', {}, 310);

    expect(scheduler.end('critical', succeeded, 310)).toStart('low');
  });

  it('B44: none waits for ever: LOW starts within 4 × agingStep beside an endless stream of CRITICAL', () => {
    const scheduler = schedulerOf(
      { ...onePlace, agingStepMs: 1_000 },
      worker('critical', { interval: 10, priority: CRITICAL, overlap: 'queue' }),
      worker('low', { priority: LOW, runOnStart: true }),
    );
    for (let at = 10; scheduler.startsOf('low').length === 0; at += 10) {
      scheduler.end('critical', succeeded, at);
    }

    expect(scheduler.startsOf('low')[0]).toBeLessThanOrEqual(4 * 1_000 + 10);
  });

  it('B44: a retried one keeps its due instant', () => {
    const scheduler = schedulerOf(
      onePlace,
      worker('flaky', { backoff: 10 }),
      worker('busy'),
      worker('later'),
    );
    scheduler.trigger('flaky');
    scheduler.trigger('busy', {}, 1);
    scheduler.trigger('later', {}, 2);
    scheduler.end('flaky', failed, 5);

    expect(workDown(scheduler, 50)).toEqual(['flaky', 'later']);
  });

  it('those that were late at the start do not age by it', () => {
    const before = schedulerOf(
      onePlace,
      worker('busy', { runOnStart: true, priority: CRITICAL }),
      worker('low', { interval: '1m', priority: LOW }),
    );
    before.end('busy', succeeded, 0);
    before.end('low', succeeded, 1);
    const after = before.replaced('1h');
    expect(after.tick('1h')).toStart('busy');
    after.trigger('busy');

    expect(after.end('busy', succeeded)).toStart('busy');
  });
});

describe('A run held only by conflicts, groups or capacity that outranks all others', () => {
  it('reserves: no stream of lesser runs keeps it waiting', () => {
    const scheduler = schedulerWith(
      worker('a', { interval: 10, overlap: 'queue' }),
      worker('b', { interval: 10, overlap: 'queue', initialDelay: 5 }),
      worker('clean', { blocks: ['a', 'b'] }),
    );
    scheduler.trigger('clean', {}, 6);
    scheduler.end('a', succeeded, 12);

    expect(scheduler.explain('a')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });
    expect(scheduler.end('b', succeeded, 14)).toStart('clean');
    expect(scheduler.end('clean', succeeded, 20)).toStart('a', 'b');
  });

  it('lets those go first that outrank it', () => {
    const scheduler = schedulerWith(
      worker('long'),
      worker('clean', { blocks: ['long', 'urgent'] }),
      worker('urgent', { priority: CRITICAL }),
    );
    scheduler.trigger('long');
    scheduler.trigger('clean', {}, 1);

    expect(scheduler.trigger('urgent', {}, 2)).toStart('urgent');
  });

  it('lets those go that come to outrank it by ageing, at that instant', () => {
    const scheduler = schedulerWith(
      ...[worker('x', { timeout: false }), worker('y')],
      worker('aged', { blocks: 'y', priority: LOW }),
      worker('clean', { blocks: ['x', 'aged'] }),
    );
    scheduler.trigger('x');
    scheduler.trigger('y');
    scheduler.trigger('aged', {}, 5_000);
    scheduler.trigger('clean', {}, 10_000);
    scheduler.end('y', succeeded, 12_000);
    expect(scheduler.explain('aged')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });

    expect(scheduler.core.nextWakeAt).toBe(35_000);
    expect(scheduler.tick(35_000)).toStart('aged');
  });

  it('wakes none that will not outrank it', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 2 },
      ...[worker('x', { timeout: false }), worker('y'), worker('z', { timeout: false })],
      worker('lesser', { blocks: 'y', priority: LOW }),
      worker('clean', { blocks: ['x', 'lesser'], priority: CRITICAL }),
    );
    scheduler.trigger('x');
    scheduler.trigger('y');
    scheduler.trigger('lesser', {}, 5_000);
    scheduler.trigger('clean', {}, 10_000);
    scheduler.end('y', succeeded, 12_000);
    scheduler.trigger('z', {}, 13_000);

    for (let level = 1; level < 6; level++) {
      expect(scheduler.tick(5_000 + level * 30_000)).not.toReport('run.waiting');
    }
  });

  it('lets those go on that are not in its way', () => {
    const scheduler = schedulerWith(
      worker('long'),
      worker('clean', { blocks: ['long'] }),
      worker('other', { priority: LOW }),
    );
    scheduler.trigger('long');
    scheduler.trigger('clean', {}, 1);

    expect(scheduler.trigger('other', {}, 2)).toStart('other');
  });

  it('holds back its own dependency, which would unsatisfy it', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('long'),
      worker('process', { dependsOn: 'fetch', blocks: 'long' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('long', {}, 2);
    scheduler.trigger('process', {}, 3);

    expect(scheduler.trigger('fetch', {}, 4)).toStartNothing();
    expect(scheduler.explain('fetch')).toMatchObject({ reason: 'RESERVED', heldBy: 'process' });
    expect(scheduler.end('long', succeeded, 5)).toStart('process', 'fetch');
  });

  it('keeps the last free place of a group that it needs, and no more', () => {
    const scheduler = schedulerOf(
      { groups: { db: 2 } },
      worker('long'),
      worker('clean', { blocks: 'long', groups: ['db'] }),
      worker('one', { groups: ['db'] }),
      worker('two', { groups: ['db'] }),
    );
    scheduler.trigger('long');
    scheduler.trigger('clean', {}, 1);

    expect(scheduler.trigger('one', {}, 2)).toStart('one');
    expect(scheduler.trigger('two', {}, 3)).toStartNothing();
    expect(scheduler.explain('two')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });
    expect(scheduler.end('one', succeeded, 4)).toStart('two');
  });

  it('may be one that another run of its worker hid, as soon as that may go first', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: 'fetch' }),
      worker('fetch'),
      worker('long'),
      worker('clean', { blocks: ['long', 'other'], dependsOn: 'fetch' }),
      worker('other'),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('long');
    scheduler.trigger('sweep');
    scheduler.trigger('clean', { priority: LOW }, 2);
    scheduler.trigger('fetch', {}, 3);
    scheduler.trigger('clean', { priority: CRITICAL }, 4);
    scheduler.step((core, now) => core.disable('fetch', 'test', now));

    expect(scheduler.trigger('other', {}, 5)).toStartNothing();
    expect(scheduler.explain('other')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });
  });

  it('may be another run of its worker once that has aged', () => {
    const scheduler = schedulerOf(
      { ...onePlace, agingStepMs: 100 },
      worker('busy'),
      worker('a', { concurrency: 2 }),
      worker('b', { priority: HIGH }),
    );
    scheduler.trigger('busy');
    scheduler.trigger('a', { priority: LOW });
    scheduler.trigger('a', { priority: NORMAL }, 90);
    scheduler.trigger('b', {}, 199);

    // LOW + 3, NORMAL + 2 of the same worker, HIGH + 1: due earliest goes first.
    expect(scheduler.end('busy', succeeded, 305)).toStart('a');
    expect(scheduler.starts.at(-1)).toMatchObject({ scheduledAt: 0 });
  });

  it('ends its reservation when it is cancelled', () => {
    const scheduler = schedulerWith(
      worker('long'),
      worker('clean', { blocks: ['long', 'short'] }),
      worker('short'),
    );
    scheduler.trigger('long');
    const { runId } = scheduler.trigger('clean', {}, 1);
    scheduler.trigger('short', {}, 2);

    expect(scheduler.step((core, now) => core.cancel(runId, 'test', now))).toStart('short');
  });

  it('ends its reservation when it is no longer in conflict', () => {
    const scheduler = schedulerWith(
      worker('long'),
      worker('clean', { blocks: ['long', 'short'] }),
      worker('short'),
    );
    scheduler.trigger('long');
    scheduler.trigger('clean', {}, 1);
    scheduler.trigger('short', {}, 2);

    expect(
      scheduler.step((core, now) => core.redefine(worker('clean', { blocks: 'long' }), now)),
    ).toStart('short');
  });

  it('does not hold back a run that is awaited inside a running one, nor what waits before it', () => {
    const scheduler = schedulerWith(
      worker('parent'),
      worker('clean', { blocks: ['parent', 'child'] }),
      worker('child'),
    );
    const parent = scheduler.trigger('parent');
    scheduler.trigger('clean', {}, 1);
    scheduler.trigger('child', {}, 2);
    const child = scheduler.trigger('child', {}, 3);

    expect(scheduler.step((core, now) => core.awaitRun(parent.runId, child.runId, now))).toStart(
      'child',
    );
    expect(scheduler.end('child', succeeded, 4)).toStart('child');
    scheduler.end('child', succeeded, 5);
    expect(scheduler.end('parent', succeeded, 6)).toStart('clean');
  });

  it('does not hold back what a run in its way awaits through others', () => {
    const scheduler = schedulerWith(
      worker('parent'),
      worker('clean', { blocks: ['parent', 'child'], priority: CRITICAL }),
      worker('first', { blocks: 'second' }),
      worker('second'),
      worker('child'),
    );
    const ids = ['parent', 'second', 'first', 'clean', 'child'].map(
      (name, at) => scheduler.trigger(name, {}, at).runId,
    );
    const [parent, second, first, , child] = ids;
    scheduler.step((core, now) => core.awaitRun(second!, child!, now));
    expect(scheduler.explain('child')).toMatchObject({ reason: 'RESERVED' });

    expect(scheduler.step((core, now) => core.awaitRun(parent!, first!, now))).toStart('child');
  });

  it('does not hold back what the awaited run depends on', () => {
    const scheduler = schedulerWith(
      worker('parent'),
      worker('clean', { blocks: ['parent', 'fetch'] }),
      worker('fetch'),
      worker('child', { dependsOn: 'fetch' }),
    );
    const [parent, , , child] = ['parent', 'clean', 'fetch', 'child'].map(
      (name, at) => scheduler.trigger(name, {}, at).runId,
    );
    const step = scheduler.step((core, now) => core.awaitRun(parent!, child!, now));

    expect(step.deadlocks).toEqual([]);
    expect(step).toStart('fetch');
    expect(scheduler.end('fetch', succeeded, 4)).toStart('child');
    scheduler.end('child', succeeded, 5);
    expect(scheduler.end('parent', succeeded, 6)).toStart('clean');
  });

  it('holds back a run that is awaited by one that is not in its way: no stream of these keeps it waiting', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 10 },
      worker('parent', { concurrency: 2 }),
      worker('child', { concurrency: 2 }),
      worker('clean', { blocks: 'child', priority: CRITICAL }),
    );
    const parents = [scheduler.trigger('parent').runId, scheduler.trigger('parent').runId];
    const awaitChild = (turn: number): void => {
      const { runId } = scheduler.trigger('child');
      scheduler.step((core, now) => core.awaitRun(parents[turn % 2]!, runId, now));
    };
    awaitChild(0);
    awaitChild(1);
    scheduler.trigger('clean');

    for (let turn = 0; turn < 2; turn++) {
      scheduler.end('child', succeeded, turn + 1);
      awaitChild(turn);
    }
    expect(scheduler.startsOf('clean')).toEqual([2]);
    expect(scheduler.end('clean', succeeded, 3)).toStart('child', 'child');
  });
});
