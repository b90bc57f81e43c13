import type { AttemptOutcome } from './core/attempt-outcome.js';
import type { EngineWorker, RunTakenOver } from './engine/engine.js';
import { drain, isDrainable } from './execution/drain.js';
import type { RunContext } from './execution/run-context.js';

export type { AttemptOutcome, RunTakenOver };

/** An attempt, as `runId` and number. */
export interface AttemptId {
  readonly runId: string;
  readonly number: number;
}

/** Follows runs through the application's code, as a tracer does. Its methods must not throw of their own. */
export interface Instrumentation {
  /** W3C trace context of the calling code, which triggers a run. */
  traceparent(): string | undefined;
  /** W3C trace context of a run that was decided about here. */
  traceparentOf(runId: string): string | undefined;
  /** From now on the run is decided about here. */
  takeOver(run: RunTakenOver): void;
  /**
   * Calls the body of an attempt, once and at once, and gives back what it gives.
   *
   * @param traceparent the trace context of the run, where another replica has decided about it
   */
  callAttempt(
    run: RunContext,
    traceparent: string | undefined,
    body: () => Promise<unknown>,
  ): Promise<unknown>;
  /** How an attempt ended, be its body called or not. */
  endAttempt(attempt: AttemptId, outcome: AttemptOutcome): void;
}

/** The worker, with the instrumentation around each of its attempts to their very end. */
export function instrumented(worker: EngineWorker, instrumentation: Instrumentation): EngineWorker {
  return {
    ...worker,
    call: (run, traceparent) =>
      instrumentation.callAttempt(run, traceparent, () => bodyToItsEnd(worker, run)),
    ended: (attempt, outcome) => {
      instrumentation.endAttempt(attempt, outcome);
    },
  };
}

/** An Observable does its work when it is subscribed to: here, not where nobody follows it. */
async function bodyToItsEnd(worker: EngineWorker, run: RunContext): Promise<unknown> {
  const value = await worker.call(run);
  return isDrainable(value) ? drain(value, run.signal) : value;
}
