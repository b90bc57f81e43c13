import { EventEmitter, on } from 'node:events';
import { concat, EMPTY, NEVER, Observable, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { RunCancelledError } from '../../lib/core/errors.js';
import { boom, hostileProxy } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

const cancelled = { status: 'cancelled', why: 'by hand' } as const;
const circular: { self?: unknown } = {};
circular.self = circular;
const cancellation = new RunCancelledError('mail', 'run-1', 'by hand');

guardTheProcess();

async function endingOf(body: () => unknown) {
  const { clock, start } = attemptLab();
  const { told, values } = start(body);
  await clock.advance('1h');
  return { told, value: values[0] };
}

/** With `then` as a property, where a linter would take it for a mistake. */
const thenable = (then: unknown): object => Object.fromEntries([['then', then]]);

type Settle = (value: unknown) => void;
type Then = (onResolved: Settle, onRejected: Settle) => void;

const resolve: Then = (onResolved) => {
  onResolved('done');
};
const reject: Then = (_, onRejected) => {
  onRejected('no');
};
const inTurn =
  (...thens: Then[]): Then =>
  (onResolved, onRejected) => {
    for (const then of thens) then(onResolved, onRejected);
  };

describe('An attempt whose body returns a thenable', () => {
  it('ends as that settles', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, values } = start(() =>
      thenable(
        (onResolved: Settle) =>
          void sleep(70).then(() => {
            onResolved('done');
          }),
      ),
    );
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 70']);
    expect(values).toEqual(['done']);
  });

  it('waits for a promise of another class', async () => {
    class Other<Value> extends Promise<Value> {}
    const { clock, start, sleep } = attemptLab();
    const { told } = start(() => Other.resolve(sleep(70)));
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 70']);
  });

  it.each([
    ['throws', boom, 'failed at 0'],
    ['rejects', reject, 'failed at 0'],
    ['resolves, then throws', inTurn(resolve, boom), 'succeeded at 0'],
    ['resolves twice', inTurn(resolve, resolve), 'succeeded at 0'],
    ['resolves, then rejects', inTurn(resolve, reject), 'succeeded at 0'],
    ['never settles', () => undefined, 'timed-out at 1000'],
    ['is no function', 'soon', 'succeeded at 0'],
  ])('ends once where its then %s', async (_, then, ending) => {
    const { told } = await endingOf(() => thenable(then));
    expect(told.filter((each) => !each.startsWith('abandoned'))).toEqual([ending]);
  });

  it('fails where reading its then throws', async () => {
    const { told } = await endingOf(() => Object.defineProperty({}, 'then', { get: boom }));
    expect(told).toEqual(['failed at 0']);
  });

  it('is not misled by a promise that was tampered with', async () => {
    const promise = Object.assign(Promise.resolve('true'), { then: boom });
    const body = () => Object.defineProperty(promise, 'constructor', { get: boom });

    const { told } = await endingOf(body);
    expect(told).toEqual(['failed at 0']);
  });
});

describe('An attempt whose body returns something else', () => {
  it.each([
    ['a function', () => 1],
    ['an array', [Promise.resolve(1)]],
    ['an iterable', new Set([1])],
    ['null', null],
    ['an object with subscribe alone', { subscribe: boom }],
    ['a circular object', circular],
    ['a bigint', 1n],
    ['toJSON that throws', { toJSON: boom }],
  ])('succeeds with it: %s', async (_, returned) => {
    const { told, value } = await endingOf(() => returned);

    expect(told).toEqual(['succeeded at 0']);
    expect(value).toBe(returned);
  });

  it('fails where looking at it throws', async () => {
    const { told } = await endingOf(() => hostileProxy());
    expect(told).toEqual(['failed at 0']);
  });
});

describe('An attempt whose body returns an Observable', () => {
  it('succeeds with its last value when it completes', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, values } = start(() =>
      concat(
        of(1, 2),
        sleep(70).then(() => 3),
      ),
    );
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 70']);
    expect(values).toEqual([3]);
  });

  it('drains one that comes by promise', async () => {
    expect(await endingOf(() => Promise.resolve(of(1, 2)))).toEqual({
      told: ['succeeded at 0'],
      value: 2,
    });
  });

  it('succeeds without a value where there is none', async () => {
    expect(await endingOf(() => EMPTY)).toEqual({ told: ['succeeded at 0'], value: undefined });
  });

  it('fails with its error', async () => {
    expect(await endingOf(() => throwError(() => 'no'))).toEqual({
      told: ['failed at 0'],
      value: 'no',
    });
  });

  it.each([
    ['subscribing throws', { lift: boom, subscribe: boom }],
    ['it is no true Observable', { lift: boom, subscribe: () => undefined }],
  ])('ends where %s', async (_, source) => {
    const { told } = await endingOf(() => source);
    expect(told).toHaveLength(source.subscribe === boom ? 1 : 2);
  });

  it('unsubscribes on abort, and has settled then', async () => {
    const { clock, start } = attemptLab();
    const teardown = vi.fn();
    const { told } = start(() => new Observable(() => teardown));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1000']);
    expect(teardown).toHaveBeenCalledTimes(1);
  });

  it('has settled though its teardown throws, which is logged', async () => {
    const { clock, start, logger } = attemptLab();
    const { told } = start(() => new Observable(() => boom));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1000']);
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('has an abort listener that failed. UnsubscriptionError'),
    );
  });

  it('unsubscribes where subscribing is what aborts the attempt', async () => {
    const { clock, start } = attemptLab();
    const teardown = vi.fn();
    const { attempt, told } = start(
      () =>
        new Observable(() => {
          attempt.abort(cancellation, cancelled);
          return teardown;
        }),
    );
    await clock.advance('1h');

    expect(told).toEqual(['cancelled at 0', 'settled at 0']);
    expect(teardown).toHaveBeenCalledTimes(1);
  });

  it('does not subscribe once the attempt has ended', async () => {
    const { clock, start, sleep } = attemptLab();
    const subscribed = vi.fn();
    const { told } = start(() => sleep(1_050).then(() => new Observable(subscribed)));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1050']);
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('leaves no trace of one that never completes', async () => {
    const { told } = await endingOf(() => NEVER);
    expect(told).toEqual(['timed-out at 1000', 'settled at 1000']);
  });
});

describe('An attempt whose body returns an async iterable', () => {
  it('succeeds with its last value when it is through', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, values } = start(async function* () {
      yield 1;
      await sleep(70);
      yield 2;
    });
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 70']);
    expect(values).toEqual([2]);
  });

  it('fails where a step throws', async () => {
    const { told, value } = await endingOf(async function* () {
      yield 1;
      boom();
    });

    expect(told).toEqual(['failed at 0']);
    expect(value).toEqual(new Error('boom'));
  });

  it('has a generator clean up at its next step after an abort, and has settled then', async () => {
    const { clock, start, sleep } = attemptLab();
    const steps: string[] = [];
    const body = async function* () {
      try {
        for (let step = 1; ; step += 1) {
          await sleep(400);
          steps.push(`step ${String(step)}`);
          yield step;
        }
      } finally {
        await sleep(20);
        steps.push('cleaned up');
      }
    };
    const { told } = start(body, { abortGraceMs: 5_000 });
    await clock.advance('1h');

    expect(steps).toEqual(['step 1', 'step 2', 'step 3', 'cleaned up']);
    expect(told).toEqual(['timed-out at 1000', 'settled at 1220']);
  });

  it('gives up a pending step that can be given up', async () => {
    const { clock, start } = attemptLab();
    const { told } = start(() => on(new EventEmitter(), 'mail'));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1000']);
  });

  it.each([
    ['throws', boom],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('takes no harm from an iterator whose return %s', async (_, leave) => {
    const { clock, start, sleep } = attemptLab();
    const next = () => sleep(600).then(() => ({ done: false, value: 1 }));
    const { told } = start(() => ({ [Symbol.asyncIterator]: () => ({ next, return: leave }) }), {
      abortGraceMs: 5_000,
    });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1200']);
  });

  it('takes no harm where return rejects and the pending step never ends', async () => {
    const { clock, start } = attemptLab();
    const { told } = start(() => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined), return: boom }),
    }));
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'abandoned at 1100']);
  });
});
