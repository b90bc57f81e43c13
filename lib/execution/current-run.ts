import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunContext } from './run-context.js';

const runs = new AsyncLocalStorage<RunContext | undefined>();

/**
 * The run that the calling code belongs to, however deep below the worker method it stands;
 * `undefined` outside of runs.
 *
 * @example
 * ```ts
 * currentRun()?.progress(0.5, 'half of the invoices are sent');
 * ```
 * @publicApi
 */
export function currentRun(): RunContext | undefined {
  return runs.getStore();
}

/** Calls `body` such that `currentRun()` is `run`, there and in all that it starts. */
export function runInContext<Result>(run: RunContext, body: (run: RunContext) => Result): Result {
  return runs.run(run, body, run);
}

/**
 * Calls `work` such that it, and all that it starts, belongs to no run.
 *
 * Whatever a run sets in motion for the orchestrator (another run, a timer) would otherwise take
 * itself for a part of that run, and keep it in memory.
 */
export function outsideRuns<Result>(work: () => Result): Result {
  return runs.getStore() === undefined ? work() : runs.run(undefined, work);
}
