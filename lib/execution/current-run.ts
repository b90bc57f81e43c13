import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunContext } from './run-context.js';

const runs = new AsyncLocalStorage<RunContext | undefined>();
/** What belongs to no request either, nor to whatever else an application keeps in such a storage. */
const outside = AsyncLocalStorage.snapshot();

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
 * Calls `work` such that it, and all that it starts, belongs to no run, and to no request.
 *
 * Whatever a run or a request sets in motion for the orchestrator (another run, a timer) would otherwise take
 * itself for a part of that, and keep it in memory: the next run would see the tenant of the last trigger.
 */
export function outsideRuns<Result>(work: () => Result): Result {
  return outside(work);
}
