import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { failureLine, normaliseFailure } from '../../lib/execution/normalise-failure.js';
import { THROWN_VALUES } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function deepError(depth: number): Error {
  let error = new Error('root');
  for (let level = 1; level <= depth; level += 1) {
    error = new Error(`level ${String(level)}`, { cause: error });
  }
  return error;
}

guardTheProcess();

describe('A failure', () => {
  it.each(THROWN_VALUES)('is bounded text where $what was thrown', ({ make, name, message }) => {
    const failure = normaliseFailure(make());

    expect(failure.name).toBe(name);
    expect(failure.message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(failure.message.length).toBeLessThanOrEqual(2_000);
    expect(failure.stack?.length ?? 0).toBeLessThanOrEqual(8_000);
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
  });

  it.each(THROWN_VALUES)('ends an attempt once where $what was thrown', async ({ make, name }) => {
    const { clock, start } = attemptLab();
    const value = make();
    const thrownAtOnce = start(() => {
      throw value;
    });
    const rejected = start(async () => {
      await Promise.resolve();
      throw value;
    });
    await clock.advance('1h');

    for (const { told, outcomes, values } of [thrownAtOnce, rejected]) {
      expect(told).toEqual(['failed at 0']);
      expect(outcomes[0]).toMatchObject({ failure: { name }, retry: 'by-policy' });
      expect(values[0] === value).toBe(true);
    }
  });

  it('carries code and stack', () => {
    const failure = normaliseFailure(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

    expect(failure.code).toBe('ECONNREFUSED');
    expect(failure.stack).toMatch(/^Error: refused\n {4}at .*normalise-failure\.test/);
  });

  it.each([
    [11_000, '11000'],
    ['', undefined],
    [{}, undefined],
    ['x'.repeat(5_000), `${'x'.repeat(199)}…`],
  ])('has a code of text: %s', (code, text) => {
    expect(normaliseFailure(Object.assign(new Error(), { code })).code).toBe(text);
  });

  it('tells the first five causes', () => {
    expect(normaliseFailure(deepError(3)).message).toBe(
      'level 3; caused by Error: level 2; caused by Error: level 1; caused by Error: root',
    );
    expect(normaliseFailure(deepError(1_000)).message).toMatch(/level 995$/);
  });

  it('takes a thrown string as a cause', () => {
    expect(normaliseFailure(new Error('outer', { cause: 'inner' })).message).toBe(
      'outer; caused by inner',
    );
  });

  it('keeps the frames of the stack where the message is long', () => {
    const { stack } = normaliseFailure(new Error('x'.repeat(5_000_000)));

    expect(stack).toMatch(/^Error: x+…\n {4}at .*normalise-failure\.test/);
  });

  it('does not keep the rest of a long message in memory', () => {
    const before = liveBytes();
    const failures = Array.from({ length: 10 }, (_, each) =>
      normaliseFailure(new Error(`${'x'.repeat(5e6)}${String(each)}`)),
    );

    expect(liveBytes() - before).toBeLessThan(10e6);
    expect(failures).toHaveLength(10);
  });

  it('can be stored and printed: no lone surrogates, no control characters but line ends', () => {
    const { message } = normaliseFailure(`a\0b\u001b[2Jc\ud800d\te\nf\r\u0085g😀`);

    expect(message).toBe('a\ufffdb\ufffd[2Jc\ufffdd\te\nf\ufffd\ufffdg😀');
  });

  it('does not cut a character in two', () => {
    const { message } = normaliseFailure('😀'.repeat(2_000));

    expect(message).toBe(`${'😀'.repeat(999)}\ufffd…`);
  });

  it('fits on one line', () => {
    expect(failureLine(normaliseFailure(new TypeError('a\n  b')))).toBe('TypeError: a b');
  });

  it('is found even with hardly any stack left', () => {
    const dive = (): unknown => {
      try {
        return dive();
      } catch (overflow) {
        return normaliseFailure(overflow);
      }
    };
    expect(dive()).toMatchObject({ message: expect.any(String) });
  });
});
