import { describe, expect, it } from 'vitest';
import { failed, failedWith, schedulerWith, worker } from '../support/core/scheduler-with.js';

describe('The earliest start', () => {
  it('is the first end of a backoff', () => {
    const scheduler = schedulerWith(worker('w', { concurrency: 2 }));
    scheduler.trigger('w');
    scheduler.trigger('w');
    scheduler.end('w', failedWith({ afterMs: 60_000 }));
    scheduler.end('w', failedWith({ afterMs: 1_000 }));
    expect(scheduler.explain('w').earliestStartAt).toEqual(new Date(1_000));
  });

  it('is that of a delayed trigger before the end of a backoff', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.trigger('w');
    scheduler.end('w', failedWith({ afterMs: 60_000 }));
    scheduler.trigger('w', { delayMs: 1_000 });
    expect(scheduler.explain('w').earliestStartAt).toEqual(new Date(1_000));
  });

  it('is unknown where a worker that backs off is switched off', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.trigger('w');
    scheduler.end('w', failedWith({ afterMs: 1_000 }));
    scheduler.step((core, now) => core.disable('w', 'off', now));
    expect(scheduler.explain('w').earliestStartAt).toBeUndefined();
  });

  it('is unknown where a worker that cools down is held by an operator', () => {
    const scheduler = schedulerWith(
      worker('w', { maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1m' }),
    );
    scheduler.trigger('w');
    scheduler.end('w', failed);
    scheduler.step((core, now) => core.pause('w', now));
    expect(scheduler.explain('w').earliestStartAt).toBeUndefined();
  });
});

describe('Since when an idle worker is held', () => {
  it('is since the orchestrator was paused', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.step((core, now) => core.pauseAll(now), '10s');
    scheduler.tick('1m');
    expect(scheduler.explain('w').since).toEqual(new Date(10_000));
  });

  it('is since the engine was lost', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.step((core, now) => core.engineLost('down', now), '10s');
    scheduler.tick('1m');
    expect(scheduler.explain('w').since).toEqual(new Date(10_000));
  });

  it('is since the worker was paused', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.step((core, now) => core.pause('w', now), '10s');
    scheduler.tick('1m');
    expect(scheduler.explain('w').since).toEqual(new Date(10_000));
  });
});
