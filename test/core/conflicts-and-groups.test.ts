import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import { schedulerOf, schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

describe('Workers in conflict never overlap', () => {
  const pairs = {
    'by name': [worker('one', { blocks: 'two' }), worker('two')],
    'by tag': [worker('one', { blocks: 'tag:io' }), worker('two', { tags: ['io', 'x'] })],
    'by *': [worker('one', { blocks: '*' }), worker('two')],
    'by two tags at once': [
      worker('one', { tags: ['a'], blocks: 'tag:b' }),
      worker('two', { tags: ['b'], blocks: 'tag:a' }),
    ],
  };
  const both = (['one', 'two'] as const).flatMap((first) =>
    Object.entries(pairs).map(([how, pair]) => [how, first, pair] as const),
  );

  it.each(both)('%s, with "%s" first', (_, first, pair) => {
    const second = first === 'one' ? 'two' : 'one';
    const scheduler = schedulerWith(...pair);
    scheduler.trigger(first);

    expect(scheduler.trigger(second)).toStartNothing();
    expect(scheduler.explain(second)).toMatchObject({ reason: 'BLOCKED', heldBy: first });
    expect(scheduler.end(first, succeeded, 1)).toStart(second);
  });

  it.each(both)('%s, with "%s" registered later', (_, first, pair) => {
    const later = pair.find(({ name }) => name === first)!;
    const scheduler = schedulerWith(
      ...pair.filter((each) => each !== later).map(({ name, tags }) => worker(name, { tags })),
    );
    if (later.blocks.every((target) => target !== later.name)) scheduler.define(later);
    scheduler.step((core, now) =>
      core.redefine(
        pair.find(({ name }) => name !== first)!,
        now,
      ),
    );
    const second = first === 'one' ? 'two' : 'one';
    scheduler.trigger(second);

    expect(scheduler.trigger(first)).toStartNothing();
  });

  it('and a worker that blocks a tag which it bears does not block itself', () => {
    const scheduler = schedulerWith(
      worker('one', { tags: ['io'], blocks: 'tag:io', concurrency: 2 }),
    );
    scheduler.trigger('one');

    expect(scheduler.trigger('one')).toStart('one');
  });

  it('and two that block everything take turns', () => {
    const scheduler = schedulerWith(worker('one', { blocks: '*' }), worker('two', { blocks: '*' }));
    scheduler.trigger('one');
    scheduler.trigger('two');

    expect(scheduler.end('one', succeeded, 1)).toStart('two');
  });

  it('until the last of several attempts has ended', () => {
    const scheduler = schedulerWith(
      worker('one', { concurrency: 2 }),
      worker('two', { blocks: 'one' }),
    );
    scheduler.trigger('one');
    scheduler.trigger('one');
    scheduler.trigger('two');

    expect(scheduler.end('one', succeeded, 1)).toStartNothing();
    expect(scheduler.end('one', succeeded, 2)).toStart('two');
  });

  it('also where one is unregistered in the middle of its run', () => {
    const scheduler = schedulerWith(worker('one', { blocks: 'two' }), worker('two'));
    scheduler.trigger('one');
    scheduler.step((core, now) => core.remove('one', now));

    expect(scheduler.trigger('two')).toStartNothing();
    expect(scheduler.end('one', succeeded, 1)).toStart('two');
  });

  // One that others name cannot be unregistered.
  const removable = both.filter(([how, first]) => how !== 'by name' || first === 'one');

  it.each(removable)(
    '%s, also where "%s" is unregistered in the middle of its run and the other one is updated',
    (_, first, pair) => {
      const second = pair.find(({ name }) => name !== first)!;
      const scheduler = schedulerWith(...pair);
      scheduler.trigger(first);
      scheduler.step((core, now) => core.remove(first, now));
      scheduler.trigger(second.name);
      const updated = { ...second, description: 'another one' };

      expect(scheduler.step((core, now) => core.redefine(updated, now))).toStartNothing();
      expect(scheduler.end(first, succeeded, 1)).toStart(second.name);
    },
  );

  it('also where one that was unregistered in the middle of its run is named by a newcomer', () => {
    const scheduler = schedulerWith(worker('one', { tags: ['io'] }));
    scheduler.trigger('one');
    scheduler.step((core, now) => core.remove('one', now));
    scheduler.define(worker('two', { blocks: 'tag:io' }));

    expect(scheduler.trigger('two')).toStartNothing();
    expect(scheduler.end('one', succeeded, 1)).toStart('two');
  });
});

describe('A group', () => {
  it('gives no more places than its limit, over all its workers', () => {
    const scheduler = schedulerOf(
      { groups: { db: 2 } },
      worker('one', { groups: ['db'], concurrency: 5 }),
      worker('two', { groups: ['db'] }),
    );
    scheduler.trigger('one');
    scheduler.trigger('one');

    expect(scheduler.trigger('two')).toStartNothing();
    expect(scheduler.status().groups).toEqual([{ name: 'db', running: 2, limit: 2 }]);
    expect(scheduler.end('one', succeeded, 1)).toStart('two');
  });

  it('is entered in order of rank', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('busy', { groups: ['db'] }),
      worker('low', { groups: ['db'], priority: 0 }),
      worker('high', { groups: ['db'], priority: 2 }),
    );
    for (const name of ['busy', 'low', 'high']) scheduler.trigger(name);

    expect(scheduler.end('busy', succeeded, 1)).toStart('high');
    expect(scheduler.end('high', succeeded, 2)).toStart('low');
  });

  it('passes a place on that the first in line cannot use', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('busy', { groups: ['db'] }),
      worker('fetch', { priority: JobPriority.CRITICAL }),
      worker('first', { groups: ['db'], priority: JobPriority.HIGH, dependsOn: 'fetch' }),
      worker('second', { groups: ['db'] }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    for (const name of ['busy', 'first', 'second', 'fetch']) scheduler.trigger(name);

    expect(scheduler.end('busy', succeeded, 2)).toStart('second');
    expect(scheduler.explain('first')).toMatchObject({ reason: 'DEPENDENCY', heldBy: 'fetch' });
  });

  it('passes a place on that the first in line wants no more', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 }, maxConcurrentWorkers: 1 },
      worker('busy', { groups: ['db'] }),
      worker('urgent', { priority: 3 }),
      worker('first', { groups: ['db'] }),
      worker('second', { groups: ['db'] }),
    );
    scheduler.trigger('busy');
    scheduler.trigger('first');
    scheduler.trigger('second');
    scheduler.trigger('urgent');
    scheduler.end('busy', succeeded, 1);
    scheduler.step((core, now) => core.redefine(worker('first', { enabled: false }), now));

    expect(scheduler.end('urgent', succeeded, 2)).toStart('second');
  });

  it('gets its places back from a worker that has left it meanwhile', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('one', { groups: ['db'] }),
      worker('two', { groups: ['db'] }),
    );
    scheduler.trigger('one');
    scheduler.trigger('two');
    scheduler.step((core, now) => core.redefine(worker('one'), now));

    expect(scheduler.end('one', succeeded, 1)).toStart('two');
  });
});
