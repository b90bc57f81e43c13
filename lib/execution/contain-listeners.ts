import { runInContext } from './current-run.js';
import type { RunContext } from './run-context.js';

/**
 * Makes listeners of this signal unable to end the process.
 *
 * What an event listener throws, or rejects with, Node raises as an uncaught exception: a slip in
 * one worker's clean-up would take the application down. They are also called inside their run,
 * whoever aborts it. Signals derived from this one (`AbortSignal.any`) are out of reach.
 */
export function containListeners(
  signal: AbortSignal,
  run: RunContext,
  report: (thrown: unknown) => void,
): void {
  // One wrapper for each listener, so that adding it twice and removing it work as ever.
  const wrappers = new WeakMap<object, (event: unknown) => void>();

  function contained(listener: unknown): unknown {
    if (!isListener(listener)) return listener;
    let wrapper = wrappers.get(listener);
    if (wrapper === undefined) {
      wrapper = (event) => {
        try {
          Promise.resolve(runInContext(run, () => notify(listener, signal, event))).catch(report);
        } catch (thrown) {
          report(thrown);
        }
      };
      wrappers.set(listener, wrapper);
    }
    return wrapper;
  }

  const { addEventListener, removeEventListener } = signal as unknown as LooseTarget;
  let onabort: unknown = null;
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: unknown, listener: unknown, ...rest: unknown[]) => {
        addEventListener.call(signal, type, contained(listener), ...rest);
      },
    },
    removeEventListener: {
      value: (type: unknown, listener: unknown, ...rest: unknown[]) => {
        removeEventListener.call(signal, type, contained(listener), ...rest);
      },
    },
    onabort: {
      get: () => onabort,
      set: (listener: unknown) => {
        onabort = isListener(listener) ? listener : null;
        Reflect.set(AbortSignal.prototype, 'onabort', contained(onabort), signal);
      },
    },
  });
}

type Listen = (type: unknown, listener: unknown, ...rest: unknown[]) => void;

/** `EventTarget`, but with no opinion on what a listener is: a worker may pass anything. */
interface LooseTarget {
  readonly addEventListener: Listen;
  readonly removeEventListener: Listen;
}

type Listener = ((event: unknown) => unknown) | { handleEvent?(event: unknown): unknown };

function isListener(value: unknown): value is Listener {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

function notify(listener: Listener, signal: AbortSignal, event: unknown): unknown {
  return typeof listener === 'function'
    ? listener.call(signal, event)
    : listener.handleEvent?.(event);
}
