import { describe, expect, it } from 'vitest';
import {
  failed,
  schedulerWith,
  succeeded,
  timedOut,
  worker,
} from '../support/core/scheduler-with.js';

describe('A due instant reached while the previous run has not ended', () => {
  it('is skipped by default, and said', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));

    expect(scheduler.tick('1m')).toReport('run.skipped', {
      worker: 'fetch',
      reason: 'ALREADY_RUNNING',
      scheduledAt: new Date(60_000),
      count: 1,
    });
    scheduler.end('fetch', succeeded, '90s');
    scheduler.tick('2m');
    expect(scheduler.startsOf('fetch')).toEqual([0, 120_000]);
  });

  it('starts where that run ends at the very instant', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.tick('59s');
    scheduler.now = 60_000;

    expect(scheduler.end('fetch', succeeded)).toStart('fetch');
  });

  it('is skipped also while that run backs off', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', backoff: '2m' }));
    scheduler.end('fetch', failed, '30s');

    expect(scheduler.tick('1m')).toReport('run.skipped', { reason: 'ALREADY_RUNNING' });
  });

  it('waits with overlap: queue, but only one does', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', overlap: 'queue' }));
    scheduler.tick('3m');

    expect(scheduler.view('fetch')).toMatchObject({ running: 1, waiting: 1 });
    expect(scheduler.end('fetch', succeeded, '190s')).toStart('fetch');
    expect(scheduler.starts[1]).toMatchObject({ scheduledAt: 60_000, missed: 2 });
  });

  it('replaces the running one with overlap: replace, once that has settled', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', overlap: 'replace' }));
    scheduler.tick(0);

    const replaced = scheduler.tick('1m');
    expect(replaced).toAbort('fetch');
    expect(replaced).toReport('run.cancelled', { why: 'replaced by the next due run' });
    expect(replaced).toStartNothing();
    expect(scheduler.settle('fetch', '61s')).toStart('fetch');
  });

  it.each([
    ['backs off', '70s'],
    ['waits for its next attempt', '30s'],
  ])('replaces one that %s', (_, backoff) => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1m', overlap: 'replace', backoff: backoff as '70s' }),
      worker('other', { blocks: 'fetch' }),
    );
    scheduler.end('fetch', failed, '5s');
    scheduler.trigger('other');

    expect(scheduler.tick('1m')).toReport('run.cancelled', { worker: 'fetch' });
    expect(scheduler.end('other', succeeded, '61s')).toStart('fetch');
    expect(scheduler.view('fetch').waiting).toBe(0);
  });

  it('starts beside it while fewer than concurrency have not ended', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', concurrency: 2 }));
    scheduler.tick(0);

    expect(scheduler.tick('1m')).toStart('fetch');
    expect(scheduler.tick('2m')).toReport('run.skipped', { reason: 'ALREADY_RUNNING' });
  });

  it('waits for the tail of a timed-out run', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1m', maxRetries: 0, overlap: 'queue' }),
    );
    scheduler.end('fetch', timedOut, '30s');
    expect(scheduler.tick('1m')).toStartNothing();

    expect(scheduler.settle('fetch', '70s')).toStart('fetch');
  });

  it.each([
    ['skip', { waiting: 3, counts: { cancelled: 0 } }],
    ['queue', { waiting: 3, counts: { cancelled: 0 } }],
    ['replace', { waiting: 3, counts: { cancelled: 2 } }],
  ] as const)(
    'is subject to overlap: %s even while others wait that misfire: all keeps',
    (overlap, expected) => {
      const scheduler = schedulerWith(
        worker('gate'),
        worker('fetch', {
          ...{ interval: '1m', initialDelay: '1m', overlap, misfire: 'all', timeout: false },
          dependsOn: [{ worker: 'gate', condition: 'idle' }],
        }),
      );
      scheduler.trigger('gate');
      scheduler.end('gate', succeeded, '4m');
      scheduler.tick('5m');
      if (overlap === 'replace') scheduler.settle('fetch');
      scheduler.tick('6m');
      if (overlap === 'replace') scheduler.settle('fetch');

      expect(scheduler.view('fetch')).toMatchObject(expected);
    },
  );

  it('replaces the oldest of several with overlap: replace, also one that backs off', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1m', overlap: 'replace', concurrency: 2, backoff: '10m' }),
    );
    const { runId: oldest } = scheduler.running[0]!;
    scheduler.end('fetch', failed, '30s');
    scheduler.tick('1m');

    expect(scheduler.tick('2m')).toReport('run.cancelled', { runId: oldest });
  });
});

describe('Due instants that come while a scheduled run still waits for its first attempt', () => {
  const held = (misfire: 'once' | 'skip' | 'all') =>
    schedulerWith(
      worker('sweep', { blocks: '*' }),
      worker('fetch', { interval: '1m', runOnStart: false, misfire }),
    );

  it('are coalesced into it, and said', () => {
    const scheduler = held('once');
    scheduler.trigger('sweep', {}, '30s');
    const first = scheduler.tick('1m').events.find(({ type }) => type === 'run.due')!;

    expect(scheduler.tick('2m')).toReport('run.skipped', {
      runId: 'runId' in first ? first.runId : '',
      isStandIn: true,
      reason: 'BLOCKED',
    });
    expect(scheduler.end('sweep', succeeded, '150s')).toStart('fetch');
    expect(scheduler.starts.at(-1)).toMatchObject({ scheduledAt: 60_000, missed: 1 });
  });

  it('are skipped with misfire: skip', () => {
    const scheduler = held('skip');
    scheduler.trigger('sweep', {}, '30s');
    scheduler.tick('2m');
    scheduler.end('sweep', succeeded, '150s');

    expect(scheduler.starts.at(-1)).toMatchObject({ scheduledAt: 60_000, missed: 0 });
  });

  it('wait beside it with misfire: all', () => {
    const scheduler = held('all');
    scheduler.trigger('sweep', {}, '30s');
    scheduler.tick('3m');
    expect(scheduler.view('fetch').waiting).toBe(3);
  });
});
