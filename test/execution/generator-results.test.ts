import { describe, expect, it } from 'vitest';
import { boom } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

guardTheProcess();

describe('An attempt whose body returns a generator', () => {
  it('does its steps, awaits what they yield, and succeeds with the last', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, values } = start(function* () {
      yield 1;
      yield sleep(70).then(() => 2);
    });
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 70']);
    expect(values).toEqual([2]);
  });

  it('fails where a step throws', async () => {
    const { clock, start } = attemptLab();
    const { told, values } = start(function* () {
      yield 1;
      boom();
    });
    await clock.advance('1h');

    expect(told).toEqual(['failed at 0']);
    expect(values).toEqual([new Error('boom')]);
  });

  it('fails where a promise that it yields rejects, and has it clean up', async () => {
    const { clock, start } = attemptLab();
    const steps: string[] = [];
    const { told } = start(function* () {
      try {
        yield Promise.reject(new Error('no'));
      } finally {
        steps.push('cleaned up');
      }
    });
    await clock.advance('1h');

    expect(told).toEqual(['failed at 0']);
    expect(steps).toEqual(['cleaned up']);
  });

  it('has it clean up at its next step after an abort, and has settled then', async () => {
    const { clock, start, sleep } = attemptLab();
    const steps: string[] = [];
    const body = function* () {
      try {
        for (let step = 1; ; step++) {
          yield sleep(400);
          steps.push(`step ${String(step)}`);
        }
      } finally {
        steps.push('cleaned up');
      }
    };
    const { told } = start(body, { abortGraceMs: 5_000 });
    await clock.advance('1h');

    expect(steps).toEqual(['step 1', 'step 2', 'cleaned up']);
    expect(told).toEqual(['timed-out at 1000', 'settled at 1200']);
  });

  it.each([
    ['an iterator over a collection', new Map([[1, 2]]).values()],
    ['an iterable that is no generator', { [Symbol.iterator]: () => [1][Symbol.iterator]() }],
  ])('but succeeds with %s as it is', async (_, returned) => {
    const { clock, start } = attemptLab();
    const { values } = start(() => returned);
    await clock.advance('1h');

    expect(values[0]).toBe(returned);
  });
});

it('An iterable that has ended is not asked to end', async () => {
  const { clock, start } = attemptLab();
  let asked = 0;
  const { told, attempt } = start(() => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: true, value: undefined }),
      return: () => Promise.resolve(++asked),
    }),
  }));
  await clock.advance(0);
  attempt.abort(new Error('too late'), { status: 'cancelled', why: 'too late' });

  expect(told).toEqual(['succeeded at 0']);
  expect(asked).toBe(0);
});
