import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { spend } from './spent-instants.js';

/** The due instants that the run stands for are claimed: whoever comes after a restart leaves them alone. */
export function claimInstants(state: SchedulerState, run: Run): void {
  if (run.lastInstant !== undefined) claimThrough(state, run.worker, run.lastInstant);
}

/** Every due instant up to this one is claimed. */
export function claimThrough(state: SchedulerState, worker: WorkerState, instant: number): void {
  state.changed?.add(worker);
  spend(worker, instant);
  const claimed = worker.claimedThroughInstant ?? instant;
  // The wall clock may have been set back.
  const isCron = worker.definition.schedule.kind === 'cron';
  worker.claimedThroughInstant = isCron ? instant : Math.max(claimed, instant);
}
