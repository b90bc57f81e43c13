import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import {
  schedulerWith,
  succeeded,
  timedOut,
  worker,
  type TestScheduler,
} from '../support/core/scheduler-with.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY_MINUTES = 24 * 60;

/** How long each run takes. */
const FETCH = 10 * SECOND;
const PROCESS = 20 * SECOND;
const CLEANUP = 5 * SECOND;
/** Twice a day the source hangs, for all four attempts; each aborts after 30 s and settles at once. */
const hangs = (minute: number): boolean => minute === 100 || minute === 900;

const classic = (): TestScheduler =>
  schedulerWith(
    worker('fetch-data', {
      ...{ interval: '60s', priority: JobPriority.HIGH, timeout: '30s' },
      backoff: '1s',
    }),
    worker('process-data', { interval: '120s', dependsOn: ['fetch-data'] }),
    worker('cleanup', { interval: '1h', priority: JobPriority.LOW, blocks: ['process-data'] }),
  );

/** Executes every attempt for 24 hours, in order of time. */
const aDay = (scheduler: TestScheduler): void => {
  const end = DAY_MINUTES * MINUTE - 1;
  const durationOf = ({ worker: name, scheduledAt }: { worker: string; scheduledAt: number }) => {
    if (name === 'process-data') return PROCESS;
    if (name === 'cleanup') return CLEANUP;
    return hangs(scheduledAt / MINUTE) ? 30 * SECOND : FETCH;
  };
  for (;;) {
    const ends = scheduler.running.map((order) => {
      const start = scheduler.starts.findLast(({ runId }) => runId === order.runId)!;
      return { ...start, endsAt: start.at + durationOf(start) };
    });
    const [next] = ends.sort((one, other) => one.endsAt - other.endsAt);
    const at = Math.min(next?.endsAt ?? Infinity, scheduler.nextWakeAt ?? Infinity, end);
    if (at >= end) return;
    if (at !== next?.endsAt) scheduler.tick(at);
    else if (next.worker === 'fetch-data' && hangs(next.scheduledAt / MINUTE)) {
      scheduler.end(next.worker, timedOut, at);
      scheduler.settle(next.worker, at);
    } else scheduler.end(next.worker, succeeded, at);
  }
};

describe('The classic example, for 24 hours', () => {
  const scheduler = classic();
  aDay(scheduler);
  const startsOf = (name: string) => scheduler.starts.filter((start) => start.worker === name);
  const firstAttempts = startsOf('fetch-data').filter(({ attempt }) => attempt === 1);

  it('fetches at every full minute, but for those that a hanging run takes', () => {
    // 30 s + 1 s four times: minutes 1 and 2 of the hang are skipped.
    const skipped = [100, 900].flatMap((minute) => [minute + 1, minute + 2]);
    const minutes = Array.from({ length: DAY_MINUTES }, (_, minute) => minute).filter(
      (minute) => !skipped.includes(minute),
    );

    expect(firstAttempts.map(({ at }) => at)).toEqual(minutes.map((minute) => minute * MINUTE));
    expect(scheduler.view('fetch-data').counts).toMatchObject({
      ...{ skipped: 4, retried: 6, 'timed-out': 2, failed: 0 },
      succeeded: minutes.length - 2,
    });
  });

  it('retries a hanging fetch three times, 31 s apart', () => {
    const attempts = startsOf('fetch-data').filter(
      ({ scheduledAt }) => scheduledAt === 100 * MINUTE,
    );

    expect(attempts.map(({ at, attempt }) => [attempt, at - 100 * MINUTE])).toEqual([
      [1, 0],
      [2, 31 * SECOND],
      [3, 62 * SECOND],
      [4, 93 * SECOND],
    ]);
  });

  it('processes each even minute as soon as its fetch has succeeded, or after the cleanup', () => {
    const expected = Array.from({ length: DAY_MINUTES / 2 }, (_, index) => index * 2).map(
      (minute) => {
        // The fetch of minute 100 times out; the next to succeed is that of minute 103.
        if (hangs(minute)) return (minute + 3) * MINUTE + FETCH;
        return minute * MINUTE + FETCH;
      },
    );
    const starts = startsOf('process-data');
    const coalesced = [102, 902];

    expect(starts.map(({ at }) => at)).toEqual(
      expected.filter((_, index) => !coalesced.includes(index * 2)),
    );
    expect(starts.filter(({ missed }) => missed > 0)).toMatchObject([
      { scheduledAt: 100 * MINUTE, missed: 1 },
      { scheduledAt: 900 * MINUTE, missed: 1 },
    ]);
  });

  it('cleans up every hour, while processing still waits for its fetch', () => {
    expect(startsOf('cleanup').map(({ at }) => at)).toEqual(
      Array.from({ length: 24 }, (_, hour) => hour * 60 * MINUTE),
    );
  });

  it('never overlaps cleanup and processing, nor starts processing beside a fetch', () => {
    const spans = (name: string, duration: number) =>
      startsOf(name).map(({ at }) => [at, at + duration] as const);
    const overlap = (one: readonly [number, number], other: readonly [number, number]) =>
      one[0] < other[1] && other[0] < one[1];
    const cleanups = spans('cleanup', CLEANUP);

    expect(
      spans('process-data', PROCESS).filter((span) => cleanups.some((each) => overlap(span, each))),
    ).toEqual([]);
    expect(
      startsOf('process-data').filter(({ at }) =>
        startsOf('fetch-data').some((fetch) => fetch.at <= at && at < fetch.at + FETCH),
      ),
    ).toEqual([]);
  });

  it('gives the same effects every time', () => {
    const again = classic();
    aDay(again);

    expect(again.starts).toEqual(scheduler.starts);
    expect(JSON.stringify(again.status())).toBe(JSON.stringify(scheduler.status()));
  });
});

describe('The classic example, with a cleanup that is long', () => {
  it('holds processing back, which reserves once it has aged above fetching', () => {
    const scheduler = classic();
    expect(scheduler.tick(0)).toStart('fetch-data', 'cleanup');
    expect(scheduler.end('fetch-data', succeeded, '10s')).toStartNothing();
    expect(scheduler.explain('process-data')).toMatchObject({
      reason: 'BLOCKED',
      heldBy: 'cleanup',
    });
    expect(scheduler.tick('60s')).toStartNothing();
    expect(scheduler.explain('fetch-data')).toMatchObject({
      reason: 'RESERVED',
      heldBy: 'process-data',
    });

    expect(scheduler.end('cleanup', succeeded, '90s')).toStart('process-data', 'fetch-data');
  });

  it('makes cleanup wait for processing, and later processing for cleanup', () => {
    const scheduler = classic();
    scheduler.end('cleanup', succeeded, 0);
    scheduler.end('fetch-data', succeeded, '10s');
    expect(scheduler.trigger('cleanup', {}, '15s')).toStartNothing();
    scheduler.tick('60s');
    scheduler.end('fetch-data', succeeded, '70s');

    expect(scheduler.end('process-data', succeeded, '110s')).toStart('cleanup');
    scheduler.end('fetch-data', succeeded, '125s');
    expect(scheduler.end('cleanup', succeeded, '130s')).toStart('process-data');
  });
});
