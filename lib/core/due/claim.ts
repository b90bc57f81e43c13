import type { Run, WorkerState } from '../state/scheduler-state.js';

/** The due instants that the run stands for are spent, also for whoever comes after a restart. */
export function claimInstants(worker: WorkerState, run: Run): void {
  if (run.lastInstant !== undefined) claimThrough(worker, run.lastInstant);
}

/** Every due instant up to this one is spent. */
export function claimThrough(worker: WorkerState, instant: number): void {
  worker.claimedFromInstant ??= instant;
  worker.claimedThroughInstant = Math.max(worker.claimedThroughInstant ?? instant, instant);
}
