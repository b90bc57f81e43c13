import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../lib/core/attempt-outcome.js';
import { JobPriority } from '../../lib/core/priority.js';
import type { DependencyCondition } from '../../lib/core/definition/worker-options.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  skipped,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

const ended = { maxRetries: 0, maxConsecutiveFailures: 0 };
const onFetch = (condition: DependencyCondition) =>
  schedulerWith(
    worker('fetch', ended),
    worker('process', { dependsOn: [{ worker: 'fetch', condition }] }),
  );

/** Ten minutes, in which each attempt ends so long after its start. */
function passTenMinutes(
  scheduler: TestScheduler,
  lengths: Readonly<Record<string, number>>,
  outcomeOf: (name: string, attempt: number) => AttemptOutcome = () => succeeded,
): void {
  for (let at = 0; at < 600_000; at += 10) {
    scheduler.tick(at);
    for (const { worker: name, runId, number } of scheduler.running) {
      const start = scheduler.starts.find(
        (each) => each.runId === runId && each.attempt === number,
      );
      if (at - start!.at >= lengths[name]!) scheduler.end(name, outcomeOf(name, number));
    }
  }
}

describe('A dependent', () => {
  it('is held back until its dependency has succeeded', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1m' }),
      worker('process', {
        ...{ interval: '1m', dependsOn: ['fetch'], priority: JobPriority.CRITICAL },
      }),
    );

    expect(scheduler.tick(0)).toStart('fetch');
    expect(scheduler.explain('process')).toMatchObject({ reason: 'DEPENDENCY', heldBy: 'fetch' });
    expect(scheduler.end('fetch', succeeded, 5_000)).toStart('process');
  });

  it('is started after its dependency when both are due at once, whatever the order of registration', () => {
    const scheduler = schedulerWith(
      worker('process', { interval: '1m', dependsOn: 'fetch' }),
      worker('fetch', { interval: '1m' }),
    );
    for (const minute of [0, 1, 2]) {
      expect(scheduler.tick(minute * 60_000)).toStart('fetch');
      expect(scheduler.end('fetch', succeeded, minute * 60_000 + 5)).toStart('process');
      scheduler.end('process', succeeded, minute * 60_000 + 9);
    }
  });

  it('waits for a dependency that backs off', () => {
    const scheduler = schedulerWith(
      worker('fetch', { backoff: '10s' }),
      worker('process', { dependsOn: [{ worker: 'fetch', condition: 'finished' }] }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, '1s');
    scheduler.trigger('process', {}, '2s');

    expect(scheduler.explain('process').detail).toBe('it is backing off before another attempt');
    scheduler.tick('11s');
    expect(scheduler.end('fetch', succeeded, '12s')).toStart('process');
  });

  it('waits for a run of its dependency that waits and was due no later', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: ['fetch'] }),
      worker('fetch'),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('sweep', {}, 2);
    scheduler.trigger('fetch', {}, 3);
    scheduler.trigger('process', {}, 3);

    expect(scheduler.explain('process').detail).toBe('it is due first');
    expect(scheduler.end('sweep', succeeded, 4)).toStart('fetch');
    expect(scheduler.end('fetch', succeeded, 5)).toStart('process');
  });

  it('is not starved by a dependency that keeps becoming due later', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: 10, overlap: 'queue' }),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('process', {}, 5);

    expect(scheduler.end('fetch', succeeded, 15)).toStart('process', 'fetch');
  });

  it('is not starved either where that dependency has a higher priority', () => {
    const scheduler = schedulerOf(
      { agingStepMs: 100 },
      worker('fetch', { interval: 10, overlap: 'queue', priority: JobPriority.CRITICAL }),
      worker('process', { dependsOn: 'fetch', priority: JobPriority.LOW }),
    );
    scheduler.trigger('process', {}, 5);
    for (let at = 15; at < 1_000 && scheduler.startsOf('process').length === 0; at += 15) {
      scheduler.end('fetch', succeeded, at);
    }

    expect(scheduler.startsOf('process')[0]).toBeLessThanOrEqual(4 * 100 + 15);
  });

  it('is not starved either where some run of that dependency is always at work', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1s', concurrency: 2, overlap: 'queue' }),
      worker('process', { interval: '1m', dependsOn: 'fetch' }),
    );
    passTenMinutes(scheduler, { fetch: 1_500, process: 10 });

    expect(scheduler.startsOf('process')).toHaveLength(10);
  });

  it('is not starved either where that dependency goes on failing at first', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: 500, overlap: 'queue', backoff: '1s' }),
      worker('process', { interval: '1m', dependsOn: 'fetch' }),
    );
    passTenMinutes(scheduler, { fetch: 10, process: 10 }, (name, attempt) =>
      name === 'fetch' && attempt === 1 ? failed : succeeded,
    );

    expect(scheduler.startsOf('process')).toHaveLength(10);
  });

  it('is not starved either where it only has to be idle', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1s', concurrency: 2, overlap: 'queue' }),
      worker('process', {
        ...{ interval: '1m', priority: JobPriority.CRITICAL },
        dependsOn: [{ worker: 'fetch', condition: 'idle' }],
      }),
    );
    passTenMinutes(scheduler, { fetch: 1_500, process: 10 });

    expect(scheduler.startsOf('process')).toHaveLength(10);
  });

  it('lets the next attempt of a dependency through where it holds back its new runs', () => {
    const scheduler = schedulerWith(
      worker('fetch', { concurrency: 2, backoff: 0, priority: JobPriority.LOW }),
      worker('process', { dependsOn: 'fetch', priority: JobPriority.HIGH }),
    );
    scheduler.trigger('fetch', {}, 1);
    scheduler.trigger('process', {}, 2);
    scheduler.trigger('fetch', { priority: JobPriority.NORMAL }, 3);

    expect(scheduler.explain('fetch').reason).toBe('RESERVED');
    // It goes on for a while, as it holds on to its place.
    expect(scheduler.end('fetch', timedOut, 4)).toStart('fetch');
    expect(scheduler.starts.at(-1)).toMatchObject({ attempt: 2 });
    scheduler.settle('fetch', 5);
    expect(scheduler.end('fetch', succeeded, 6)).toStart('process', 'fetch');
  });

  it('reserves nothing of a dependency that an abandoned attempt keeps at work', () => {
    const scheduler = schedulerWith(
      worker('fetch', { concurrency: 2, holdOnTimeout: true, maxRetries: 0 }),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('fetch');
    scheduler.trigger('process');
    scheduler.end('fetch', timedOut, '60s');
    scheduler.abandon('fetch', '65s');

    expect(scheduler.trigger('fetch')).toStart('fetch');
  });

  it.each(['pause', 'disable'] as const)(
    'does not wait for waiting runs of a dependency after %s',
    (off) => {
      const scheduler = schedulerWith(
        worker('sweep', { blocks: ['fetch'] }),
        worker('fetch'),
        worker('process', { dependsOn: 'fetch' }),
      );
      scheduler.trigger('fetch');
      scheduler.end('fetch', succeeded, 1);
      scheduler.trigger('sweep', {}, 2);
      scheduler.trigger('fetch', {}, 3);
      scheduler.trigger('process', {}, 3);

      expect(
        scheduler.step((core, now) =>
          off === 'pause' ? core.pause('fetch', now) : core.disable('fetch', 'test', now),
        ),
      ).toStart('process');
    },
  );

  it('is released at once when the run in its way is cancelled', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: ['fetch'] }),
      worker('fetch'),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('sweep', {}, 2);
    const { runId } = scheduler.trigger('fetch', {}, 3);
    scheduler.trigger('process', {}, 3);

    scheduler.step((core, now) => core.cancel(runId, 'test', now));
    expect(scheduler.explain('process').detail).toBe('its latest run ended cancelled');
    scheduler.end('sweep', succeeded, 4);
    scheduler.trigger('fetch', {}, 5);
    expect(scheduler.end('fetch', succeeded, 6)).toStart('process');
  });

  it('B37: says that a dependency is off', () => {
    const scheduler = schedulerWith(
      worker('fetch', { enabled: false }),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('process');

    expect(scheduler.explain('process')).toMatchObject({
      reason: 'DEPENDENCY',
      detail: 'it has not run yet, and it is disabled',
    });
  });

  it('B38: of a diamond starts last in each round, and once', () => {
    const scheduler = schedulerWith(
      worker('d', { interval: 100, dependsOn: ['b', 'c'] }),
      worker('c', { interval: 100, dependsOn: 'a' }),
      worker('b', { interval: 100, dependsOn: 'a' }),
      worker('a', { interval: 100 }),
    );
    for (let at = 0; at < 500; at += 100) {
      expect(scheduler.tick(at)).toStart('a');
      expect(scheduler.end('a', succeeded, at + 10)).toStart('c', 'b');
      expect(scheduler.end('b', succeeded, at + 20)).toStartNothing();
      expect(scheduler.end('c', succeeded, at + 30)).toStart('d');
      scheduler.end('d', succeeded, at + 40);
    }
  });

  it.each([
    ['has failed', {}, 'its latest run ended failed'],
    [
      'was disabled by its failures',
      { maxConsecutiveFailures: 1 },
      'its latest run ended failed, and it is disabled',
    ],
  ])('B39: waits, and says why, while its dependency %s', (_, options, detail) => {
    const scheduler = schedulerWith(
      worker('fetch', { maxRetries: 0, ...options }),
      worker('process', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, 1);
    scheduler.trigger('process', {}, 2);
    expect(scheduler.explain('process')).toMatchObject({
      ...{ reason: 'DEPENDENCY', heldBy: 'fetch', detail },
    });

    scheduler.step((core, now) => core.enable('fetch', now));
    scheduler.trigger('fetch', {}, 3);
    expect(scheduler.end('fetch', succeeded, 4)).toStart('process');
  });

  it('B39: cannot lose its dependency: that is not unregistered while it is there', () => {
    const scheduler = schedulerWith(worker('fetch'), worker('process', { dependsOn: 'fetch' }));

    expect(() => scheduler.step((core, now) => core.remove('fetch', now))).toThrow('process');
    scheduler.step((core, now) => core.remove('process', now));
    scheduler.step((core, now) => core.remove('fetch', now));
    expect(scheduler.core.definitions()).toEqual([]);
  });

  it('waits for all of its dependencies', () => {
    const scheduler = schedulerWith(
      worker('left'),
      worker('right'),
      worker('join', { dependsOn: ['left', 'right'] }),
    );
    scheduler.trigger('join');
    scheduler.trigger('left');
    scheduler.trigger('right');

    expect(scheduler.end('right', succeeded, 1)).toStartNothing();
    expect(scheduler.end('left', succeeded, 2)).toStart('join');
  });
});

describe('Condition succeeded', () => {
  it.each([
    ['failed', failed],
    ['timed-out', timedOut],
  ] as const)('is not satisfied while the latest run ended %s', (status, outcome) => {
    const scheduler = onFetch('succeeded');
    scheduler.trigger('fetch');
    scheduler.trigger('process');
    scheduler.end('fetch', outcome, 1);
    if (scheduler.lingering.length > 0) scheduler.settle('fetch');

    expect(scheduler.explain('process').detail).toBe(`its latest run ended ${status}`);
    scheduler.trigger('fetch');
    expect(scheduler.end('fetch', succeeded, 2)).toStart('process');
  });

  it('looks past a run that was skipped', () => {
    const scheduler = onFetch('succeeded');
    for (const outcome of [succeeded, skipped]) {
      scheduler.trigger('fetch');
      scheduler.end('fetch', outcome, 1);
    }

    expect(scheduler.trigger('process')).toStart('process');
  });

  it('may be satisfied by one success many times', () => {
    const scheduler = onFetch('succeeded');
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    for (const at of [2, 3]) {
      expect(scheduler.trigger('process', {}, at)).toStart('process');
      scheduler.end('process', succeeded);
    }
  });
});

describe('Condition fresh', () => {
  it('needs a success since the last start', () => {
    const scheduler = onFetch('fresh');
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('process', {}, 2);
    scheduler.end('process', succeeded, 3);

    expect(scheduler.trigger('process', {}, 4)).toStartNothing();
    expect(scheduler.explain('process').detail).toBe('it has not succeeded since the last start');
    scheduler.trigger('fetch', {}, 5);
    expect(scheduler.end('fetch', succeeded, 6)).toStart('process');
  });

  it('tells apart what happens within one millisecond', () => {
    const scheduler = onFetch('fresh');
    for (let round = 0; round < 3; round++) {
      scheduler.trigger('process');
      scheduler.trigger('fetch');
      expect(scheduler.end('fetch', succeeded, 0)).toStart('process');
      scheduler.end('process', succeeded, 0);
    }
  });

  it('does not ask a retry for another success', () => {
    const scheduler = onFetch('fresh');
    scheduler.trigger('fetch');
    scheduler.end('fetch', succeeded, 1);
    scheduler.trigger('process', {}, 2);
    scheduler.end('process', failed, 3);

    expect(scheduler.tick('1m')).toStart('process');
  });
});

describe('Condition finished', () => {
  it.each([
    ['failed', failed],
    ['succeeded', succeeded],
  ])('is satisfied by a run that ended %s', (_, outcome) => {
    const scheduler = onFetch('finished');
    scheduler.trigger('process');
    scheduler.trigger('fetch');

    expect(scheduler.end('fetch', outcome, 1)).toStart('process');
  });

  it('is not satisfied by a run that never was', () => {
    const scheduler = onFetch('finished');

    expect(scheduler.trigger('process')).toStartNothing();
  });
});

describe('Condition idle', () => {
  it('is satisfied unless the dependency is running now', () => {
    const scheduler = onFetch('idle');
    expect(scheduler.trigger('process')).toStart('process');
    scheduler.end('process', succeeded);
    scheduler.trigger('fetch');

    expect(scheduler.trigger('process')).toStartNothing();
    expect(scheduler.end('fetch', failed, 1)).toStart('process');
  });

  it('is satisfied while the dependency backs off', () => {
    const scheduler = schedulerWith(
      worker('fetch', { backoff: '10s' }),
      worker('process', { dependsOn: [{ worker: 'fetch', condition: 'idle' }] }),
    );
    scheduler.trigger('fetch');
    scheduler.trigger('process');

    expect(scheduler.end('fetch', failed, 1)).toStart('process');
  });
});
