import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../lib/core/attempt-outcome.js';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import {
  failed,
  failedWith,
  lost,
  schedulerWith,
  skipped,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

const threshold3: WorkerOptions = { maxRetries: 0, maxConsecutiveFailures: 3 };
const cancelled: AttemptOutcome = { status: 'cancelled', why: 'shutdown' };
const runs = (scheduler: TestScheduler, ...outcomes: AttemptOutcome[]): void => {
  for (const outcome of outcomes) {
    scheduler.trigger('fetch');
    scheduler.end('fetch', outcome, scheduler.now + 1);
    if (outcome === timedOut) scheduler.settle('fetch');
  }
};

describe('Consecutive failures', () => {
  it('count each run that ends failed, timed out or lost', () => {
    const scheduler = schedulerWith(worker('fetch', { ...threshold3, maxConsecutiveFailures: 9 }));
    runs(scheduler, failed, timedOut, lost);

    expect(scheduler.view('fetch').failures).toBe(3);
  });

  it.each([
    ['start anew with a success', [failed, failed, succeeded, failed, failed], false],
    ['disable at the threshold', [failed, failed, failed], true],
    ['look past cancelled and skipped runs', [failed, failed, cancelled, skipped, failed], true],
  ] as const)('%s', (_, outcomes, isOff) => {
    const scheduler = schedulerWith(worker('fetch', threshold3));
    runs(scheduler, ...outcomes);

    expect(scheduler.view('fetch').state).toBe(isOff ? 'disabled' : 'idle');
  });

  it('count a run once, however many attempts it has', () => {
    const scheduler = schedulerWith(
      worker('fetch', { maxRetries: 2, backoff: 0, maxConsecutiveFailures: 2 }),
    );
    scheduler.trigger('fetch');
    for (let attempt = 1; attempt <= 5; attempt++) {
      scheduler.end('fetch', failed);
      if (attempt === 3) scheduler.trigger('fetch');
      expect(scheduler.view('fetch').enabled).toBe(true);
    }
    scheduler.end('fetch', failed);

    expect(scheduler.view('fetch')).toMatchObject({ enabled: false, failures: 2 });
  });

  it('disable never with a threshold of 0', () => {
    const scheduler = schedulerWith(worker('fetch', { maxRetries: 0, maxConsecutiveFailures: 0 }));
    runs(scheduler, ...Array.from({ length: 100 }, () => failed));

    expect(scheduler.view('fetch')).toMatchObject({ enabled: true, failures: 100 });
  });

  it('disable once, where two runs reach the threshold', () => {
    const scheduler = schedulerWith(
      worker('fetch', { maxRetries: 0, maxConsecutiveFailures: 1, concurrency: 2 }),
    );
    scheduler.trigger('fetch');
    scheduler.trigger('fetch');

    expect(scheduler.end('fetch', failed, 5)).toReport('worker.disabled', {
      by: 'failures',
      reason: 'a failed run, the last with Error',
    });
    expect(scheduler.end('fetch', failed, 6)).not.toReport('worker.disabled');
    expect(scheduler.view('fetch')).toMatchObject({
      failures: 2,
      disabledBy: 'failures',
      disabledAt: new Date(5),
    });
  });

  it('are reset by enabling', () => {
    const scheduler = schedulerWith(worker('fetch', threshold3));
    runs(scheduler, failed, failed);
    scheduler.step((core, now) => core.enable('fetch', now));
    runs(scheduler, failed, failed);

    expect(scheduler.view('fetch')).toMatchObject({ enabled: true, failures: 2 });
  });
});

describe('Recovery', () => {
  const recovering = (options: WorkerOptions = {}): TestScheduler =>
    schedulerWith(
      worker('fetch', {
        ...{ interval: '1h', maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1s' },
        ...options,
      }),
    );

  it('probes after the cool-down, which doubles with each failure up to eightfold', () => {
    const scheduler = recovering();
    scheduler.end('fetch', failed, 0);
    for (let probe = 0; probe < 5; probe++) {
      scheduler.tick(scheduler.nextWakeAt!);
      scheduler.end('fetch', failed);
    }

    expect(scheduler.startsOf('fetch').slice(1)).toEqual([1_000, 3_000, 7_000, 15_000, 23_000]);
  });

  it('begins with the first cool-down again after a success', () => {
    const scheduler = recovering();
    scheduler.end('fetch', failed, 0);
    scheduler.end('fetch', failed, '1s');
    expect(scheduler.end('fetch', succeeded, '3s')).toReport('worker.enabled');
    scheduler.trigger('fetch', {}, '10s');
    scheduler.end('fetch', failed);

    expect(scheduler.tick('11s')).toStart('fetch');
  });

  it('lets one run through, shown as probing', () => {
    const scheduler = recovering({ concurrency: 3 });
    scheduler.end('fetch', failed, 0);

    const probe = scheduler.tick('1s');
    expect(probe).toStart('fetch');
    expect(probe).toReport('worker.probing');
    expect(scheduler.view('fetch')).toMatchObject({ state: 'probing', enabled: false });
    expect(() => scheduler.trigger('fetch')).toThrow('is disabled');
  });

  it('takes a waiting run for its probe', () => {
    const scheduler = recovering({ executionMode: undefined, interval: undefined } as object);
    const first = scheduler.trigger('fetch');
    const second = scheduler.trigger('fetch');
    scheduler.end('fetch', failed, 0);

    expect(first.runId).not.toBe(second.runId);
    expect(scheduler.tick('1s')).toReport('run.started', { runId: second.runId });
  });

  it('lets a trigger be the probe of a triggered worker', () => {
    const scheduler = schedulerWith(
      worker('report', { maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1s' }),
    );
    scheduler.trigger('report');
    scheduler.end('report', failed, 0);
    expect(() => scheduler.trigger('report', {}, 999)).toThrow('is disabled');

    expect(scheduler.trigger('report', {}, '1s')).toStart('report');
    expect(scheduler.end('report', succeeded)).toReport('worker.enabled');
  });

  it('lets a probe retry', () => {
    const scheduler = recovering({ maxRetries: 1, backoff: 10 });
    scheduler.end('fetch', failed, 0);
    scheduler.end('fetch', failed, 10);
    scheduler.end('fetch', failed, 1_010);

    expect(scheduler.tick(1_020)).toStart('fetch');
    expect(scheduler.end('fetch', succeeded)).toReport('worker.enabled');
  });

  it('lets a probe retry past a run that was due before it', () => {
    const scheduler = recovering({ concurrency: 2, maxRetries: 1, backoff: 1_500 });
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, 1);
    scheduler.end('fetch', failedWith('never'), 2);
    scheduler.end('fetch', failed, 1_002);
    expect(scheduler.tick(1_501)).toStartNothing();

    expect(scheduler.tick(2_502)).toStart('fetch');
    expect(scheduler.starts.at(-1)).toMatchObject({ attempt: 2, scheduledAt: 1_002 });
  });

  it.each([
    ['cancelled', cancelled],
    ['skipped', skipped],
  ])('waits for another cool-down where the probe is %s', (_, outcome) => {
    const scheduler = recovering();
    scheduler.end('fetch', failed, 0);
    scheduler.tick('1s');
    scheduler.end('fetch', outcome);

    expect(scheduler.tick('2s')).toStart('fetch');
  });

  it('waits for another cool-down where the probe is cancelled before it starts', () => {
    const scheduler = schedulerWith(
      worker('sweep', { blocks: '*' }),
      worker('fetch', {
        ...{ interval: '1h', maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1s' },
      }),
    );
    scheduler.end('fetch', failed, 0);
    scheduler.trigger('sweep');
    scheduler.tick('1s');
    const probe = scheduler.runs('fetch').find(({ status }) => status === 'waiting')!;
    scheduler.step((core, now) => core.cancel(probe.id, 'test', now));
    expect(scheduler.view('fetch').state).toBe('disabled');
    scheduler.end('sweep', succeeded);

    expect(scheduler.tick('2s')).toStart('fetch');
  });

  it('says what fell due meanwhile, once', () => {
    const scheduler = recovering({ interval: 100 });
    scheduler.end('fetch', failed, 0);
    scheduler.tick('1s');

    expect(scheduler.end('fetch', succeeded, 1_050)).toReport('run.skipped', {
      reason: 'CIRCUIT_OPEN',
      scheduledAt: new Date(100),
      count: 10,
    });
    expect(scheduler.tick(1_100)).toStart('fetch');
  });

  it('is over when an operator takes the worker in hand', () => {
    const scheduler = recovering();
    scheduler.end('fetch', failed, 0);
    scheduler.step((core, now) => core.disable('fetch', 'by hand', now));

    expect(scheduler.tick('30m')).toStartNothing();
    expect(scheduler.view('fetch')).toMatchObject({ disabledBy: 'operator', state: 'disabled' });
  });
});
