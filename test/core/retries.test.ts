import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs, BACKOFF_TYPES } from '../../lib/core/backoff/backoff.js';
import {
  failed,
  failedWith,
  lost,
  schedulerOf,
  schedulerWith,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

/** The pauses before each further attempt, every attempt failing at once. */
const pauses = (scheduler: TestScheduler): number[] => {
  const ends: number[] = [];
  scheduler.trigger('flaky');
  while (scheduler.running.length > 0) {
    ends.push(scheduler.now);
    scheduler.end('flaky', failed);
    scheduler.tick(scheduler.nextWakeAt ?? scheduler.now);
  }
  return scheduler
    .startsOf('flaky')
    .slice(1)
    .map((at, index) => at - ends[index]!);
};

describe('A failed attempt', () => {
  it.each([
    ['fixed', [1_000, 1_000, 1_000, 1_000]],
    ['linear', [1_000, 2_000, 3_000, 3_500]],
    ['exponential', [1_000, 2_000, 3_500, 3_500]],
  ] as const)('is followed by another after a %s backoff', (type, expected) => {
    const backoff = { type, delay: 1_000, ceiling: 3_500, jitter: 0 };
    const scheduler = schedulerWith(worker('flaky', { maxRetries: 4, backoff }));

    expect(pauses(scheduler)).toEqual(expected);
  });

  it('is followed by three more by default, with a jittered exponential backoff', () => {
    const scheduler = schedulerOf({ random: () => 1 }, worker('flaky'));

    expect(pauses(scheduler)).toEqual([800, 1_600, 3_200]);
  });

  it('is followed by none where it says so', () => {
    const scheduler = schedulerWith(worker('flaky'));
    scheduler.trigger('flaky');

    expect(scheduler.end('flaky', failedWith('never'), 1)).toReport('run.failed', { attempts: 1 });
  });

  it('is followed by another after the delay that it names', () => {
    const scheduler = schedulerWith(worker('flaky'));
    scheduler.trigger('flaky');

    expect(scheduler.end('flaky', failedWith({ afterMs: 7_000 }), 1)).toReport('run.retrying', {
      attempt: 1,
      outcome: 'failed',
      delayMs: 7_000,
    });
    expect(scheduler.tick(7_001)).toStart('flaky');
  });

  it('names no delay beyond its attempts', () => {
    const scheduler = schedulerWith(worker('flaky', { maxRetries: 0 }));
    scheduler.trigger('flaky');

    expect(scheduler.end('flaky', failedWith({ afterMs: 7_000 }), 1)).toReport('run.failed');
  });

  it.each([
    ['lost', lost],
    ['timed-out', timedOut],
  ] as const)('that was %s is retried by the same rules', (status, outcome) => {
    const scheduler = schedulerWith(worker('flaky', { maxRetries: 1, backoff: 10 }));
    scheduler.trigger('flaky');
    expect(scheduler.end('flaky', outcome, 1)).toReport('run.retrying', { outcome: status });
    if (outcome === timedOut) scheduler.settle('flaky', 2);
    scheduler.tick(11);

    expect(scheduler.end('flaky', outcome, 12)).toReport(`run.${status}`);
  });

  it('holds nothing while the run backs off', () => {
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 1, groups: { db: 1 } },
      worker('flaky', { backoff: '10s', groups: ['db'], blocks: '*' }),
      worker('other', { groups: ['db'] }),
    );
    scheduler.trigger('flaky');
    scheduler.trigger('other');

    expect(scheduler.end('flaky', failed, 1)).toStart('other');
    expect(scheduler.view('flaky').state).toBe('backing-off');
  });

  it('is followed by another only when its tail has settled', () => {
    const scheduler = schedulerWith(worker('flaky', { backoff: 10 }));
    scheduler.trigger('flaky');
    scheduler.end('flaky', timedOut, 1);

    expect(scheduler.tick(100)).toStartNothing();
    expect(scheduler.explain('flaky')).toMatchObject({ reason: 'ALREADY_RUNNING' });
    expect(scheduler.settle('flaky', 200)).toStart('flaky');
    expect(scheduler.starts[1]).toMatchObject({ attempt: 2 });
  });
});

describe('A backoff', () => {
  it('B18: is finite, not negative and within its ceiling, however many attempts failed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BACKOFF_TYPES),
        fc.nat(10_000),
        fc.nat(1_000_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (type, failures, delayMs, jitter, random) => {
          const backoff = { type, delayMs, ceilingMs: 3_600_000, jitter };
          const pause = backoffDelayMs(backoff, failures + 1, () => random);

          expect(Number.isSafeInteger(pause)).toBe(true);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(3_600_000);
        },
      ),
    );
  });

  it('of no length stays so, however many attempts failed', () => {
    const backoff = { type: 'exponential', delayMs: 0, ceilingMs: 0, jitter: 0 } as const;

    expect(backoffDelayMs(backoff, 1_025, () => 0)).toBe(0);
  });

  it('B18: of 5 000 attempts never overflows', () => {
    const backoff = { type: 'exponential', delay: '1s', ceiling: '1h', jitter: 1 } as const;
    const scheduler = schedulerOf(
      { random: () => 0 },
      worker('flaky', { maxRetries: 5_000, backoff }),
    );

    expect(Math.max(...pauses(scheduler))).toBe(3_600_000);
    expect(scheduler.runs('flaky')).toMatchObject([{ status: 'failed', attempts: 5_001 }]);
  });

  it('of zero starts the next attempt at once', () => {
    const scheduler = schedulerWith(worker('flaky', { backoff: 0 }));
    scheduler.trigger('flaky');

    expect(scheduler.end('flaky', failed, 1)).toStart('flaky');
    expect(scheduler.end('flaky', succeeded, 1)).toReport('run.succeeded', { attempts: 2 });
  });
});
