import { walk, isWalkable, type Walkable } from './walk.js';

/** What RxJS itself asks for in `isObservable`; so any copy and version of it will do. */
interface ObservableLike {
  lift: unknown;
  subscribe(observer: {
    next(value: unknown): void;
    error(reason: unknown): void;
    complete(): void;
  }): { unsubscribe(): void };
}

export type Drainable = ObservableLike | Walkable;

/** Whether work is still to be done behind it: an RxJS `Observable`, an async iterable, or a generator. */
export function isDrainable(value: unknown): value is Drainable {
  return isWalkable(value) || isObservable(value);
}

/** The last value of the source, if it has one. Leaves off when the signal aborts. */
export function drain(source: Drainable, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(undefined);
  return isObservable(source) ? drainObservable(source, signal) : lastOf(source, signal);
}

function isObservable(value: unknown): value is ObservableLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    'lift' in value &&
    typeof value.lift === 'function' &&
    'subscribe' in value &&
    typeof value.subscribe === 'function'
  );
}

/** It has settled once it is unsubscribed: what its source goes on with, RxJS gives no way to know. */
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
    const leaveOff = (): void => {
      resolve(undefined);
      subscription.unsubscribe();
    };
    // It may have aborted while the source was being opened.
    if (signal.aborted) leaveOff();
    else signal.addEventListener('abort', leaveOff, { once: true });
  });
}

async function lastOf(source: Walkable, signal: AbortSignal): Promise<unknown> {
  let last: unknown;
  await walk(source, signal, (value) => {
    last = value;
  });
  return last;
}
