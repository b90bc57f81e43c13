import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import { schedulerWith, type TestScheduler, worker } from '../support/core/scheduler-with.js';

const MANY = 600;
/** How many of them one step looks at. */
const PART = 250;

const many = Array.from({ length: MANY }, (_, index) =>
  worker(`w${String(index)}`, { interval: '1h', initialDelay: '1s' }),
);

/** One step at the instant at which all are due. */
function withAllDue(...more: ReturnType<typeof worker>[]): TestScheduler {
  const scheduler = schedulerWith(...many, ...more);
  scheduler.stall('1s');
  return scheduler;
}

function catchUp(scheduler: TestScheduler): void {
  while ((scheduler.nextWakeAt ?? Infinity) <= 1_000) scheduler.stall('1s');
}

describe('B19: where hundreds of workers are due at one instant, a step', () => {
  it('looks at a part of them, and wants to be ticked again at once', () => {
    const scheduler = withAllDue();

    expect(scheduler.runs()).toHaveLength(PART);
    expect(scheduler.nextWakeAt).toBe(1_000);
    catchUp(scheduler);
    expect(scheduler.runs()).toHaveLength(MANY);
    expect(scheduler.nextWakeAt).toBeGreaterThan(1_000);
  });

  it('starts nothing before it has seen them all: the most important one is first, wherever it stands', () => {
    const scheduler = withAllDue(
      worker('urgent', { interval: '1h', initialDelay: '1s', priority: JobPriority.CRITICAL }),
    );
    expect(scheduler.status().running).toBe(0);

    catchUp(scheduler);
    expect(scheduler.status().running).toBe(5);
    expect(scheduler.startsOf('urgent')).toEqual([1_000]);
    expect(scheduler.startsOf('w3')).toEqual([1_000]);
    expect(scheduler.startsOf('w4')).toEqual([]);
  });

  it('starts no dependent whose dependency is due as well, and was not looked at yet', () => {
    const scheduler = schedulerWith(
      worker('dependent', {
        interval: '1h',
        initialDelay: '1s',
        priority: JobPriority.HIGH,
        dependsOn: ['dependency'],
      }),
      ...many,
      worker('dependency', { interval: '1h', initialDelay: '1s', priority: JobPriority.HIGH }),
    );
    scheduler.stall('1s');
    catchUp(scheduler);

    expect(scheduler.startsOf('dependency')).toEqual([1_000]);
    expect(scheduler.startsOf('dependent')).toEqual([]);
    expect(scheduler.explain('dependent')).toMatchObject({ reason: 'DEPENDENCY' });
  });

  it('says why nothing starts', () => {
    const scheduler = withAllDue();

    expect(scheduler.explain('w0')).toMatchObject({
      reason: 'CAPACITY',
      detail: 'more is due than has been looked at',
    });
  });

  it('obeys what comes in between', () => {
    const scheduler = withAllDue();
    scheduler.step((core, now) => core.disable('w0', 'not now', now));
    catchUp(scheduler);

    expect(scheduler.startsOf('w0')).toEqual([]);
    expect(scheduler.startsOf('w1')).toEqual([1_000]);
  });

  it('drains, and leaves due what it has not looked at', () => {
    const scheduler = withAllDue();
    scheduler.step((core, now) => core.drain(now));

    expect(scheduler.status()).toMatchObject({ running: 0, waiting: 0 });
    expect(scheduler.nextWakeAt).toBeUndefined();
    scheduler.step((core, now) => core.stopped(now));
    scheduler.start();
    catchUp(scheduler);
    expect(scheduler.runs('w599')).toHaveLength(1);
  });
});
