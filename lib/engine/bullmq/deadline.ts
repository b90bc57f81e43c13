import { EngineUnavailableError } from '../../core/errors.js';

/**
 * The store's answer, or an error when it does not come in time: no call of the store is waited for without a bound.
 * What comes later counts for nothing.
 *
 * @throws EngineUnavailableError
 */
export function within<Answer>(
  mostMs: number,
  what: string,
  answer: Promise<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new EngineUnavailableError(`${what}: no answer within ${String(mostMs)} ms`));
    }, mostMs);
    // Whatever else the process lives for, it is not this bound.
    timer.unref();
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
