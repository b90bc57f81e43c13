import { describe, expect, it } from 'vitest';
import {
  failed,
  failedWith,
  schedulerWith,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

describe('The earliest start', () => {
  it('is the first end of a backoff', () => {
    const scheduler = schedulerWith(worker('w', { concurrency: 2 }));
    scheduler.trigger('w');
    scheduler.trigger('w');
    scheduler.end('w', failedWith({ afterMs: 60_000 }));
    scheduler.end('w', failedWith({ afterMs: 1_000 }));
    expect(scheduler.explain('w').earliestStartAt).toEqual(new Date(1_000));
  });

  it.each([
    ['fewer back off than may run at once', { concurrency: 2 }],
    ['one waits for the end of the other', { overlap: 'queue' }],
    ['it replaces the one that backs off', { overlap: 'replace' }],
  ] as const)('is the next due instant before the end of a backoff, where %s', (_, options) => {
    const scheduler = schedulerWith(worker('w', { interval: '10s', ...options }));
    scheduler.end('w', failedWith({ afterMs: 60_000 }));
    expect(scheduler.explain('w').earliestStartAt).toEqual(new Date(10_000));
    scheduler.tick('10s');
    expect(scheduler.startsOf('w')).toHaveLength(2);
  });

  it('is the end of a backoff, where what falls due before is skipped', () => {
    const scheduler = schedulerWith(worker('w', { interval: '10s' }));
    scheduler.end('w', failedWith({ afterMs: 15_000 }));
    expect(scheduler.explain('w').earliestStartAt).toEqual(new Date(15_000));
    scheduler.tick('14s');
    expect(scheduler.startsOf('w')).toHaveLength(1);
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

  it('is each since its own, where both the orchestrator and the worker are paused', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.step((core, now) => core.pause('w', now), '10s');
    scheduler.step((core, now) => core.pauseAll(now), '20s');
    expect(scheduler.core.explain('w', 60_000).reasons).toMatchObject([
      { reason: 'PAUSED', since: new Date(20_000) },
      { reason: 'PAUSED', heldBy: 'w', since: new Date(10_000) },
    ]);
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

describe('Since when, by each reason,', () => {
  const sinces = (scheduler: TestScheduler): number[] =>
    scheduler.core.explain('w', scheduler.now).reasons.map(({ since }) => since.getTime());

  it('the worker and the orchestrator are paused while a run waits', () => {
    const scheduler = schedulerWith(worker('w'), worker('busy', { blocks: ['w'] }));
    scheduler.trigger('busy');
    scheduler.trigger('w');
    scheduler.step((core, now) => core.pause('w', now), '10s');
    scheduler.step((core, now) => core.pauseAll(now), '50s');
    scheduler.tick('1m');

    expect(sinces(scheduler).slice(0, 2)).toEqual([50_000, 10_000]);
  });

  it('the orchestrator drains', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.step((core, now) => core.drain(now), '10s');
    scheduler.tick('1m');

    expect(sinces(scheduler)).toEqual([10_000]);
  });
});
