/** What RxJS itself asks for in `isObservable`; so any copy and version of it will do. */
interface ObservableLike {
  lift: unknown;
  subscribe(observer: {
    next(value: unknown): void;
    error(reason: unknown): void;
    complete(): void;
  }): { unsubscribe(): void };
}

export type Drainable = ObservableLike | AsyncIterable<unknown>;

/** Whether work is still to be done behind it: an RxJS `Observable`, or an async iterable. */
export function isDrainable(value: unknown): value is Drainable {
  return typeof value === 'object' && value !== null && (isObservable(value) || isIterable(value));
}

/** The last value of the source, if it has one. Leaves off when the signal aborts. */
export function drain(source: Drainable, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(undefined);
  return isObservable(source) ? drainObservable(source, signal) : drainIterable(source, signal);
}

function isObservable(value: object): value is ObservableLike {
  return (
    'lift' in value &&
    typeof value.lift === 'function' &&
    'subscribe' in value &&
    typeof value.subscribe === 'function'
  );
}

function isIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === 'function';
}

function drainObservable(source: ObservableLike, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const subscription = source.subscribe({
      next: (value) => {
        last = value;
      },
      error: reject,
      complete: () => {
        resolve(last);
      },
    });
    onAbort(signal, () => {
      resolve(undefined);
      subscription.unsubscribe();
    });
  });
}

async function drainIterable(
  source: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<unknown> {
  const iterator = source[Symbol.asyncIterator]();
  let last: unknown;
  let leaving: Promise<unknown> | undefined;
  onAbort(signal, () => {
    leaving = leave(iterator);
  });
  for (;;) {
    const step = await iterator.next();
    if (leaving !== undefined) return leaving;
    if (step.done === true) return last;
    last = step.value;
  }
}

/**
 * Asks at once, and not after the pending step: most iterators give that step up on it. A generator
 * first ends it. How this goes counts for nothing, as the attempt has ended.
 */
async function leave(iterator: AsyncIterator<unknown>): Promise<undefined> {
  try {
    await iterator.return?.();
  } catch {
    return undefined;
  }
}

/** Also where it aborted while the source was being opened. */
function onAbort(signal: AbortSignal, leaveOff: () => void): void {
  if (signal.aborted) leaveOff();
  else signal.addEventListener('abort', leaveOff, { once: true });
}
