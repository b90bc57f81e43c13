import { runInContext } from './current-run.js';
import type { RunContext } from './run-context.js';

type Listener = ((event: unknown) => unknown) | { handleEvent?(event: unknown): unknown };
type Listen = (type: unknown, listener: unknown, ...rest: unknown[]) => void;

/** `AbortSignal`, but with no opinion on what a listener is: a worker may pass anything. */
interface LooseSignal {
  readonly addEventListener: Listen;
  readonly removeEventListener: Listen;
}

interface Containment {
  readonly run: RunContext;
  readonly report: (thrown: unknown) => void;
  /** One for each listener, so that adding it twice and removing it work as ever. */
  wrappers: WeakMap<object, (event: unknown) => void> | undefined;
  onabort: unknown;
}

const CONTAINMENT = Symbol('containment');

interface ContainedSignal extends LooseSignal {
  readonly [CONTAINMENT]: Containment;
}

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
  const containment: Containment = { run, report, wrappers: undefined, onabort: null };
  Object.defineProperty(signal, CONTAINMENT, { value: containment });
  Object.setPrototypeOf(signal, CONTAINED);
}

const NATIVE = AbortSignal.prototype as unknown as LooseSignal;

/** A prototype, because three properties on each signal would cost as much as ten attempts. */
const CONTAINED = Object.create(AbortSignal.prototype, {
  addEventListener: {
    value(this: ContainedSignal, type: unknown, listener: unknown, ...rest: unknown[]) {
      NATIVE.addEventListener.call(this, type, contained(this, listener), ...rest);
    },
  },
  removeEventListener: {
    value(this: ContainedSignal, type: unknown, listener: unknown, ...rest: unknown[]) {
      NATIVE.removeEventListener.call(this, type, contained(this, listener), ...rest);
    },
  },
  onabort: {
    get(this: ContainedSignal) {
      return this[CONTAINMENT].onabort;
    },
    set(this: ContainedSignal, listener: unknown) {
      const handler = isListener(listener) ? listener : null;
      this[CONTAINMENT].onabort = handler;
      Reflect.set(AbortSignal.prototype, 'onabort', contained(this, handler), this);
    },
  },
}) as object;

function contained(signal: ContainedSignal, listener: unknown): unknown {
  if (!isListener(listener)) return listener;
  const containment = signal[CONTAINMENT];
  containment.wrappers ??= new WeakMap();
  let wrapper = containment.wrappers.get(listener);
  if (wrapper === undefined) {
    wrapper = (event) => {
      notify(signal, listener, event);
    };
    containment.wrappers.set(listener, wrapper);
    // Node itself removes what it was given, when the `signal` among the options aborts.
    containment.wrappers.set(wrapper, wrapper);
  }
  return wrapper;
}

function notify(signal: ContainedSignal, listener: Listener, event: unknown): void {
  const { run, report } = signal[CONTAINMENT];
  const call = (): unknown =>
    typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent?.(event);
  try {
    Promise.resolve(runInContext(run, call)).catch(report);
  } catch (thrown) {
    report(thrown);
  }
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}
