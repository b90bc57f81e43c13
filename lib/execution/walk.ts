/** What does its work step by step. */
export type Walkable = AsyncIterable<unknown> | Generator;

export function isWalkable(value: unknown): value is Walkable {
  return typeof value === 'object' && value !== null && (isAsync(value) || isGenerator(value));
}

/**
 * Asks for step after step, and calls back with each, until there are no more. Leaves off when the signal aborts.
 *
 * @returns when the source has come to rest; after an abort, never with what went wrong there
 */
export async function walk(
  source: Walkable,
  signal: AbortSignal,
  visit: (value: unknown) => void,
): Promise<void> {
  const iterator = isAsync(source) ? source[Symbol.asyncIterator]() : awaitingEach(source);
  let leaving: Promise<void> | undefined;
  const leaveOff = (): void => {
    leaving = leave(iterator);
  };
  // It may have aborted while the source was being opened.
  if (signal.aborted) leaveOff();
  else signal.addEventListener('abort', leaveOff, { once: true });
  try {
    for (;;) {
      const step = await iterator.next();
      if (leaving !== undefined) await leaving;
      if (leaving !== undefined || step.done === true) return;
      visit(step.value);
    }
  } finally {
    // What has ended is not asked to end.
    signal.removeEventListener('abort', leaveOff);
  }
}

function isAsync(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === 'function';
}

/** By the one method that only generators have: a collection, or an iterator over one, is a result like any other. */
function isGenerator(value: object): value is Generator {
  return (
    Symbol.iterator in value &&
    typeof value[Symbol.iterator] === 'function' &&
    'next' in value &&
    typeof value.next === 'function' &&
    'throw' in value &&
    typeof value.throw === 'function'
  );
}

/** As `for await` does; but where a promise that it yields rejects, the generator's `finally` runs too. */
async function* awaitingEach(generator: Generator): AsyncGenerator {
  for (const value of generator) yield value;
}

/**
 * Asks at once, and not after the pending step: most iterators give that step up on it. A generator
 * first ends it. How this goes counts for nothing, as the attempt has ended.
 */
async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    return;
  }
}
