import { describe, expect, it } from 'vitest';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  worker,
} from '../support/core/scheduler-with.js';

describe('A draining orchestrator', () => {
  it('lets running attempts end and starts nothing', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    expect(scheduler.step((core, now) => core.drain(now), 50)).toReport('orchestrator.draining');

    expect(scheduler.end('fetch', succeeded, 60)).toReport('run.succeeded');
    expect(scheduler.tick('1h')).toStartNothing();
  });

  it('cancels triggered runs that wait, and says how many', () => {
    const scheduler = schedulerWith(worker('report', { backoff: '1m' }), worker('other'));
    scheduler.trigger('report');
    scheduler.trigger('report');
    scheduler.trigger('report', { delayMs: 1_000 });
    scheduler.trigger('other');
    scheduler.end('report', failed, 5);

    expect(scheduler.core.drain(10)).toBe(3 - 1);
    expect(scheduler.runs('report').map(({ status }) => status)).toEqual(
      expect.arrayContaining(['cancelled', 'cancelled']),
    );
  });

  it('skips scheduled runs that wait, without claiming their due instants', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1 },
      worker('busy', { runOnStart: true }),
      worker('fetch', { interval: '1m' }),
    );
    expect(scheduler.step((core, now) => core.drain(now), 10)).toReport('run.skipped', {
      ...{ worker: 'fetch', reason: 'DRAINING', scheduledAt: new Date(0) },
    });
    expect(scheduler.memories.get('fetch')).not.toHaveProperty('claimedThrough');
  });

  it('ends a failed attempt as cancelled where it would be retried, and counts no failure', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.step((core, now) => core.drain(now), 10);

    expect(scheduler.end('fetch', failed, 20)).toReport('run.cancelled', {
      why: 'shutdown came before its next attempt',
    });
    expect(scheduler.view('fetch').failures).toBe(0);
  });

  it('wants to be woken no more', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: 100 }),
      worker('flaky', {
        ...{ interval: 100, maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1m' },
      }),
      worker('probing', {
        ...{ interval: 100, maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1m' },
      }),
    );
    scheduler.trigger('fetch', { delayMs: 1_000 });
    scheduler.end('probing', failed, 10);
    scheduler.step((core, now) => core.drain(now), 50);
    scheduler.end('flaky', failed, 60);
    scheduler.end('fetch', failed, 60);

    expect(scheduler.nextWakeAt).toBeUndefined();
    expect(scheduler.status().waiting).toBe(0);
  });

  it('that never started has nothing to drain', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: 100 }));
    scheduler.step((core, now) => core.drain(now));
    scheduler.step((core, now) => core.stopped(now));

    expect(scheduler.step((core, now) => core.drain(now)).events).toEqual([]);
    expect(scheduler.core.phase).toBe('stopped');
  });
});

describe('An orchestrator that starts again', () => {
  it('goes on with its schedules, and makes up for what it skipped', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1 },
      worker('busy', { runOnStart: true }),
      worker('fetch', { interval: '1m' }),
      worker('poll', { interval: '1m', cadence: 'fixed-delay' }),
    );
    scheduler.step((core, now) => core.drain(now), '10s');
    scheduler.end('busy', succeeded, '11s');
    scheduler.step((core, now) => core.stopped(now));
    scheduler.start('30s');
    for (const name of ['fetch', 'busy', 'poll']) scheduler.end(name, succeeded, '30s');

    expect(scheduler.starts.slice(1)).toMatchObject([
      { worker: 'fetch', scheduledAt: 0 },
      { worker: 'busy' },
      { worker: 'poll' },
    ]);
    scheduler.tick('1m');
    expect(scheduler.running).toMatchObject([{ worker: 'fetch' }]);
  });

  it('probes what was cooling down, or was to be probed', () => {
    const probed = {
      interval: '1h',
      maxRetries: 0,
      maxConsecutiveFailures: 1,
      autoEnableAfter: '1m',
    } as const;
    const scheduler = schedulerWith(
      worker('one', probed),
      worker('two', probed),
      worker('sweep', { blocks: '*', initialDelay: '30s', interval: '10h' }),
    );
    scheduler.end('one', failed, 0);
    scheduler.end('two', failed, '25s');
    scheduler.step((core, now) => core.drain(now), '70s');
    scheduler.end('sweep', succeeded, '70s');
    scheduler.step((core, now) => core.stopped(now));
    scheduler.start('80s');

    expect(scheduler.tick('85s')).toStart('two');
    expect(scheduler.tick('3m')).toStart('one');
  });
});

describe('A run that goes on after the stop, because it called it', () => {
  it('ends when it fails, and leaves nothing that wakes the process', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.trigger('w');
    scheduler.step((core, now) => {
      core.drain(now);
      core.stopped(now);
    });
    scheduler.end('w', failed, '1s');
    expect(scheduler.runs('w')[0]).toMatchObject({ status: 'cancelled' });
    expect(scheduler.nextWakeAt).toBeUndefined();
  });
});
