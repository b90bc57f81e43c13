import type { AttemptOutcome, Retry } from '../core/attempt-outcome.js';
import { parseDuration } from '../core/duration.js';
import { NonRetryableError, RetryAfterError, SkipRunError } from '../core/errors.js';
import { failureLine, normaliseFailure, readSafely } from './normalise-failure.js';

export type RetryIf = (error: unknown) => boolean;

/** Takes a sentence about the worker, without its subject. */
export type Complain = (level: 'warn' | 'error', problem: string) => void;

/** How the attempt ended whose body threw this. */
export function classifyThrown(
  thrown: unknown,
  retryIf: RetryIf | undefined,
  complain: Complain,
): AttemptOutcome {
  const failure = normaliseFailure(thrown);
  if (isOne(thrown, SkipRunError, 'SKIP_RUN')) return { status: 'skipped', why: failure.message };
  return { status: 'failed', failure, retry: retryAsThrown(thrown, retryIf, complain) };
}

/** How an attempt ended that ran out of time. */
export function classifyTimeout(
  error: Error,
  retryIf: RetryIf | undefined,
  complain: Complain,
): AttemptOutcome {
  const failure = normaliseFailure(error);
  return { status: 'timed-out', failure, retry: retryByRule(error, retryIf, complain) };
}

function retryAsThrown(thrown: unknown, retryIf: RetryIf | undefined, complain: Complain): Retry {
  if (isOne(thrown, NonRetryableError, 'NON_RETRYABLE')) return 'never';
  if (!isOne(thrown, RetryAfterError, 'RETRY_AFTER')) {
    return retryByRule(thrown, retryIf, complain);
  }
  const afterMs = parseDuration(readSafely(thrown, 'delay'));
  if (afterMs !== undefined) return { afterMs };
  complain(
    'warn',
    'threw a RetryAfterError whose delay is no duration, so its backoff applies; ' +
      "use whole milliseconds, or text such as '30s'.",
  );
  return 'by-policy';
}

function retryByRule(thrown: unknown, retryIf: RetryIf | undefined, complain: Complain): Retry {
  if (retryIf === undefined) return 'by-policy';
  try {
    const answer: unknown = retryIf(thrown);
    if (typeof answer === 'boolean') return answer ? 'by-policy' : 'never';
    // An async function, perhaps: its rejection, which nobody awaits, would end the process.
    Promise.resolve(answer).catch(() => undefined);
    complain('error', 'has a retryIf that answered neither true nor false: no retry.');
  } catch (fault) {
    const line = failureLine(normaliseFailure(fault));
    complain('error', `has a retryIf that threw: no retry. ${line}`);
  }
  return 'never';
}

/** By code as well: an application can hold two copies of this package. */
function isOne(
  thrown: unknown,
  kind: abstract new (...args: never[]) => Error,
  code: string,
): boolean {
  try {
    if (thrown instanceof kind) return true;
  } catch {
    return false;
  }
  return readSafely(thrown, 'code') === code;
}
