import { describe, expect, it, vi } from 'vitest';
import { NonRetryableError, RetryAfterError, SkipRunError } from '../../lib/core/errors.js';
import { hostileProxy } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess, type AttemptOverrides } from './attempt-lab.js';

guardTheProcess();

async function outcomeOf(thrown: unknown, overrides: AttemptOverrides = {}) {
  const { clock, start, logger } = attemptLab();
  const { outcomes } = start(() => Promise.reject(thrown), overrides);
  await clock.advance(0);
  return { outcome: outcomes[0], logger };
}

class CardDeclinedError extends NonRetryableError {}

/** As another copy of this package would throw it. */
const foreign = (code: string, more: object = {}) =>
  Object.assign(new Error('from another copy'), { code, ...more });

describe('What an attempt that failed says about another one', () => {
  it('leaves it to the options of the worker', async () => {
    const { outcome } = await outcomeOf(new Error('failed'));
    expect(outcome).toMatchObject({ status: 'failed', retry: 'by-policy' });
  });

  it.each([new NonRetryableError('final'), new CardDeclinedError(), foreign('NON_RETRYABLE')])(
    'rules it out after %s, without asking retryIf',
    async (thrown) => {
      const retryIf = vi.fn(() => true);
      const { outcome } = await outcomeOf(thrown, { retryIf });

      expect(outcome).toMatchObject({ status: 'failed', retry: 'never' });
      expect(retryIf).not.toHaveBeenCalled();
    },
  );

  it.each([
    [new RetryAfterError(0), 0],
    [new RetryAfterError('2m'), 120_000],
    [foreign('RETRY_AFTER', { delay: '1s' }), 1_000],
  ])('names the delay of %s', async (thrown, afterMs) => {
    const { outcome } = await outcomeOf(thrown);
    expect(outcome).toMatchObject({ status: 'failed', retry: { afterMs } });
  });

  it.each(['soon', -1, NaN, Infinity, 0.5, undefined])(
    'falls back to the options, with a warning, where RetryAfterError names %s',
    async (delay) => {
      const { outcome, logger } = await outcomeOf(new RetryAfterError(delay as number));

      expect(outcome).toMatchObject({ status: 'failed', retry: 'by-policy' });
      expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
        expect.stringContaining('Worker "mail" threw a RetryAfterError whose delay is no duration'),
      );
    },
  );

  it.each([
    [new SkipRunError('no mail today'), 'no mail today'],
    [new SkipRunError(), 'the worker had nothing to do'],
    [foreign('SKIP_RUN'), 'from another copy'],
  ])('is skipped, which is no failure, by %s', async (thrown, why) => {
    const { outcome } = await outcomeOf(thrown);
    expect(outcome).toEqual({ status: 'skipped', why });
  });

  it('says why it was skipped within bounds', async () => {
    const { outcome } = await outcomeOf(new SkipRunError('x'.repeat(5_000_000)));
    expect(outcome).toMatchObject({ why: `${'x'.repeat(1_999)}…` });
  });

  it('asks retryIf about the very value that was thrown', async () => {
    const retryIf = vi.fn((error: unknown) => error !== 'final');

    expect((await outcomeOf('final', { retryIf })).outcome).toMatchObject({ retry: 'never' });
    expect((await outcomeOf('other', { retryIf })).outcome).toMatchObject({ retry: 'by-policy' });
    expect(retryIf.mock.calls).toEqual([['final'], ['other']]);
  });

  it('asks retryIf about a timeout', async () => {
    const { clock, start } = attemptLab();
    const { outcomes } = start(() => new Promise(() => undefined), {
      retryIf: (error) => (error as Error).name !== 'RunTimeoutError',
    });
    await clock.advance('1s');

    expect(outcomes[0]).toMatchObject({ status: 'timed-out', retry: 'never' });
  });

  it('rules it out where retryIf throws, and logs that', async () => {
    const { outcome, logger } = await outcomeOf(new Error('failed'), {
      retryIf: () => {
        throw new TypeError('error.response\nis undefined');
      },
    });

    expect(outcome).toMatchObject({ status: 'failed', retry: 'never' });
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(
      'Worker "mail" has a retryIf that threw: no retry. TypeError: error.response is undefined',
    );
  });

  it('rules it out where retryIf is asynchronous, and logs that', async () => {
    const retryIf = () => Promise.reject(new Error('lost')) as unknown as boolean;
    const { outcome, logger } = await outcomeOf(new Error('failed'), { retryIf });

    expect(outcome).toMatchObject({ retry: 'never' });
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(
      'Worker "mail" has a retryIf that answered neither true nor false: no retry.',
    );
  });

  it('ends all the same where the logger fails too', async () => {
    const { outcome } = await outcomeOf(new RetryAfterError('soon'), {
      logger: () => {
        throw new Error('no logger');
      },
    });
    expect(outcome).toMatchObject({ status: 'failed', retry: 'by-policy' });
  });

  it('is not deceived by a value that throws on every access', async () => {
    const { outcome } = await outcomeOf(hostileProxy());
    expect(outcome).toMatchObject({ status: 'failed', retry: 'by-policy' });
  });
});
