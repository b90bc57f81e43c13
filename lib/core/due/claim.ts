import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { instantBefore } from './due-instants.js';
import { scheduleNow } from './schedule-cursor.js';
import { spend, takeBackFrom } from './spent-instants.js';

/** The run has started or ended: whoever comes after a restart leaves its due instants alone. */
export function claimInstants(state: SchedulerState, run: Run): void {
  if (run.lastInstant === undefined) return;
  leaveUnclaimed(run);
  claimThrough(state, run.worker, run.lastInstant);
}

/** A shutdown kept the run from starting: its due instants are due again. */
export function disclaimInstants(state: SchedulerState, run: Run): void {
  const { worker, firstInstant } = run;
  if (firstInstant === undefined) return;
  leaveUnclaimed(run);
  takeBackFrom(worker, firstInstant);
  worker.claimedThroughInstant = claimedBefore(worker, firstInstant);
  state.changed?.add(worker);
}

/** Every due instant up to this one is claimed, but for those of runs that wait. */
export function claimThrough(state: SchedulerState, worker: WorkerState, instant: number): void {
  state.changed?.add(worker);
  spend(worker, instant);
  const claimed = worker.claimedThroughInstant ?? instant;
  // The wall clock may have been set back.
  const isAhead = claimed > scheduleNow(state, worker);
  worker.claimedThroughInstant = isAhead ? instant : Math.max(claimed, instant);
}

/** Up to where whoever comes after a restart leaves them alone. */
export function claimedForSuccessors(worker: WorkerState): number | undefined {
  const first = worker.unclaimed[0]?.firstInstant;
  return first === undefined ? worker.claimedThroughInstant : claimedBefore(worker, first);
}

function claimedBefore(worker: WorkerState, instant: number): number | undefined {
  const { claimedThroughInstant: claimed, definition } = worker;
  if (claimed === undefined || claimed < instant) return claimed;
  return instantBefore(definition.schedule, instant) ?? instant - 1;
}

function leaveUnclaimed(run: Run): void {
  const { unclaimed } = run.worker;
  const index = unclaimed.indexOf(run);
  if (index >= 0) unclaimed.splice(index, 1);
}
