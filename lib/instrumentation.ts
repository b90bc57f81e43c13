import type { EngineWorker } from './engine/engine.js';
import { drain, isDrainable } from './execution/drain.js';
import type { RunContext } from './execution/run-context.js';

/** Follows runs through the application's code, as a tracer does. Its methods must not throw of their own. */
export interface Instrumentation {
  /** W3C trace context of the calling code, which triggers a run. */
  traceparent(): string | undefined;
  /** Calls the body of an attempt, once and at once, and gives back what it gives. */
  callAttempt(run: RunContext, body: () => Promise<unknown>): Promise<unknown>;
}

/** The worker, with the instrumentation around each of its attempts to their very end. */
export function instrumented(worker: EngineWorker, instrumentation: Instrumentation): EngineWorker {
  return {
    ...worker,
    call: (run) => instrumentation.callAttempt(run, () => bodyToItsEnd(worker, run)),
  };
}

/** An Observable does its work when it is subscribed to: here, not where nobody follows it. */
async function bodyToItsEnd(worker: EngineWorker, run: RunContext): Promise<unknown> {
  const value = await worker.call(run);
  return isDrainable(value) ? drain(value, run.signal) : value;
}
