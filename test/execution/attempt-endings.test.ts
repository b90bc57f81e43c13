import { describe, expect, it, vi } from 'vitest';
import { RunCancelledError, RunTimeoutError } from '../../lib/core/errors.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { SystemClock } from '../../lib/execution/system-clock.js';
import { boom } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

const cancelled = { status: 'cancelled', why: 'by hand' } as const;
const cancellation = new RunCancelledError('mail', 'run-1', 'by hand');

guardTheProcess();

describe('An attempt that ends by itself', () => {
  it('succeeds with the value of its promise', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, values } = start(async () => {
      await sleep(30);
      return 'sent';
    });
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 30']);
    expect(values).toEqual(['sent']);
  });

  it('fails with what its promise rejects with', async () => {
    const { clock, start, sleep } = attemptLab();
    const error = new Error('no route to host');
    const { told, values, outcomes } = start(() => sleep(30).then(() => Promise.reject(error)));
    await clock.advance('1h');

    expect(told).toEqual(['failed at 30']);
    expect(values).toEqual([error]);
    expect(outcomes[0]).toMatchObject({ failure: { name: 'Error', message: 'no route to host' } });
  });

  it('succeeds with a plain value', async () => {
    const { clock, start } = attemptLab();
    const { told, values } = start(() => 42);
    await clock.advance(0);

    expect(told).toEqual(['succeeded at 0']);
    expect(values).toEqual([42]);
  });

  it('fails with what its body throws at once', async () => {
    const { clock, start } = attemptLab();
    const { told } = start(boom);
    await clock.advance('1h');

    expect(told).toEqual(['failed at 0']);
  });

  it.each([
    ['returns a value', () => 1],
    ['throws', boom],
  ])('calls nobody before startAttempt returns, though its body %s', async (_, body) => {
    const { clock, start } = attemptLab();
    const called = vi.fn(body);
    const { told } = start(called);

    expect(called).not.toHaveBeenCalled();
    expect(told).toEqual([]);
    await clock.advance(0);
    expect(told).toHaveLength(1);
  });

  it('B24: leaves no alarm and no timer', async () => {
    const { clock, alarms, start, sleep } = attemptLab();
    for (let each = 0; each < 1_000; each += 1) start(() => sleep(10), { timeoutMs: 50 });
    await clock.advance(10);

    expect(alarms.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('leaves nothing that keeps the process alive', async () => {
    vi.useFakeTimers();
    const { start } = attemptLab();
    const clock = new SystemClock();
    const alarms = new Alarms(clock);
    const endings = Array.from({ length: 1_000 }, () => start(() => 1, { clock, alarms }));
    const armed = vi.getTimerCount();
    await vi.advanceTimersByTimeAsync(0);
    const left = vi.getTimerCount();
    vi.useRealTimers();

    expect(endings.every(({ told }) => told.length === 1)).toBe(true);
    expect([armed, left]).toEqual([1, 0]);
  });

  it('does not end again when it is aborted', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(() => undefined);
    await clock.advance(0);
    attempt.abort(cancellation, cancelled);
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 0']);
  });
});

describe('An attempt that exceeds its timeout', () => {
  it('ends at that moment, with its signal aborted by the timeout', async () => {
    const { clock, start, sleep } = attemptLab();
    let signal: AbortSignal | undefined;
    const { told, values, outcomes } = start(
      (run) => {
        signal = run.signal;
        return sleep(3_000);
      },
      { timeoutMs: 200 },
    );
    await clock.advance(200);

    expect(told).toEqual(['timed-out at 200']);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBeInstanceOf(RunTimeoutError);
    expect(values).toEqual([signal?.reason]);
    expect(outcomes[0]).toMatchObject({
      retry: 'by-policy',
      failure: {
        name: 'RunTimeoutError',
        code: 'RUN_TIMEOUT',
        message: 'Run run-1 of worker "mail" exceeded its timeout of 200 ms.',
      },
    });
  });

  it('settles when its body obeys the signal', async () => {
    const { clock, start } = attemptLab();
    const { told } = start(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    );
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1000']);
  });

  it('is abandoned when its body ignores the signal', async () => {
    const { clock, start } = attemptLab();
    const { told } = start(() => new Promise(() => undefined));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'abandoned at 1100']);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['resolves', () => 'late'],
    ['rejects', () => Promise.reject(new Error('late'))],
    ['throws', boom],
  ])('counts once, though its body %s within the grace', async (_, late) => {
    const { clock, start, sleep } = attemptLab();
    const retryIf = vi.fn(() => true);
    const { told } = start(() => sleep(1_050).then(late), { retryIf });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1050']);
    expect(retryIf).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['resolves', () => 'late'],
    ['rejects', () => Promise.reject(new Error('late'))],
    ['throws', boom],
  ])('counts once, though its body %s after it was abandoned', async (_, late) => {
    const { clock, start, sleep } = attemptLab();
    const { told } = start(() => sleep(5_000).then(late));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'abandoned at 1100', 'settled at 5000']);
  });

  it.each([2 ** 31, 2 ** 32 + 5_000])('has all of a timeout of %d ms', async (timeoutMs) => {
    const { clock, start } = attemptLab();
    const { told } = start(() => new Promise(() => undefined), { timeoutMs });

    await clock.advance(timeoutMs - 1);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([`timed-out at ${String(timeoutMs)}`]);
  });

  it('takes as long as it likes without one', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told } = start(() => sleep(1_000_000_000), { timeoutMs: undefined });
    await clock.advance('30d');

    expect(told).toEqual(['succeeded at 1000000000']);
  });
});

describe('An attempt that is aborted', () => {
  it('ends at once with the outcome that it is given', async () => {
    const { clock, start, sleep } = attemptLab();
    let signal: AbortSignal | undefined;
    const { attempt, told, values, outcomes } = start((run) => {
      signal = run.signal;
      return sleep(250);
    });
    await clock.advance(200);
    attempt.abort(cancellation, cancelled);

    expect(told).toEqual(['cancelled at 200']);
    expect(outcomes).toEqual([cancelled]);
    expect(values).toEqual([cancellation]);
    expect(signal?.reason).toBe(cancellation);
    await clock.advance('1h');
    expect(told).toEqual(['cancelled at 200', 'settled at 250']);
  });

  it('ends before its signal aborts, so that the engine knows when listeners ask it', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(({ signal }) => {
      signal.addEventListener('abort', () => told.push('signal aborted'));
      return new Promise(() => undefined);
    });
    await clock.advance(1);
    attempt.abort(cancellation, cancelled);

    expect(told).toEqual(['cancelled at 1', 'signal aborted']);
  });

  it('stays so, whatever aborts it next', async () => {
    const { clock, start, sleep } = attemptLab();
    const { attempt, told } = start(() => sleep(60));
    await clock.advance(10);
    attempt.abort(cancellation, cancelled);
    attempt.abort(new Error('shutdown'), { status: 'lost' });
    await clock.advance('1h');

    expect(told).toEqual(['cancelled at 10', 'settled at 60']);
  });

  it('never calls its body when that has not begun', async () => {
    const { clock, start } = attemptLab();
    const body = vi.fn();
    const { attempt, told } = start(body);
    attempt.abort(cancellation, cancelled);
    await clock.advance('1h');

    expect(body).not.toHaveBeenCalled();
    expect(told).toEqual(['cancelled at 0', 'settled at 0']);
    expect(clock.pending).toBe(0);
  });

  it('stays aborted where retryIf is what aborts it', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(() => Promise.reject(new Error('failed')), {
      retryIf: () => {
        attempt.abort(cancellation, cancelled);
        return true;
      },
    });
    await clock.advance('1h');

    expect(told).toEqual(['cancelled at 0', 'settled at 0']);
  });

  it('has a body that obeys without a grace settle rather than be abandoned', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
      { abortGraceMs: 0 },
    );
    await clock.advance(10);
    attempt.abort(cancellation, cancelled);
    await clock.advance('1h');

    expect(told).toEqual(['cancelled at 10', 'settled at 10']);
  });
});

describe('An attempt that is abandoned by hand', () => {
  it('is given up at once, and once', async () => {
    const { clock, alarms, start, sleep } = attemptLab();
    const { attempt, told } = start(() => sleep(500));
    await clock.advance(10);
    attempt.abort(cancellation, cancelled);
    attempt.abandon();
    attempt.abandon();

    expect(told).toEqual(['cancelled at 10', 'abandoned at 10']);
    expect(alarms.size).toBe(0);
    await clock.advance('1h');
    expect(told).toEqual(['cancelled at 10', 'abandoned at 10', 'settled at 500']);
  });

  it('is given up once where hearing of its end is what abandons it', async () => {
    const { clock, alarms, start } = attemptLab();
    const { attempt, told, outcomes } = start(() => new Promise(() => undefined));
    // The listener of the lab pushes from within `ended`.
    outcomes.push = () => {
      attempt.abandon();
      return 0;
    };
    await clock.advance(1_000);

    expect(told).toEqual(['timed-out at 1000', 'abandoned at 1000']);
    expect(alarms.size).toBe(0);
  });

  it.each([
    ['is running', 10, []],
    ['was abandoned', 1_150, ['timed-out at 1000', 'abandoned at 1100']],
    ['has settled', 2_000, ['timed-out at 1000', 'abandoned at 1100', 'settled at 1200']],
  ])('stays as it is where it %s', async (_, at, before) => {
    const { clock, start, sleep } = attemptLab();
    const { attempt, told } = start(() => sleep(1_200));
    await clock.advance(at);
    attempt.abandon();

    expect(told).toEqual(before);
  });

  it('stays as it is where it ended by itself', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(() => undefined);
    await clock.advance(0);
    attempt.abandon();

    expect(told).toEqual(['succeeded at 0']);
  });
});
