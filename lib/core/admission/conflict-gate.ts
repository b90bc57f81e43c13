import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

export function areInConflict(one: WorkerState, other: WorkerState): boolean {
  if (one === other) return false;
  return one.blocksEverything || other.blocksEverything || one.conflicts.has(other);
}

export function conflictHold(state: SchedulerState, { worker }: Run): Hold | undefined {
  const holder = runningConflict(state, worker);
  return holder && { reason: 'BLOCKED', heldBy: holder.definition.name };
}

/** Looks at the running ones: there are at most `maxConcurrentWorkers`, however many workers are in conflict. */
export function runningConflict(
  state: SchedulerState,
  worker: WorkerState,
): WorkerState | undefined {
  for (const other of state.runningWorkers) {
    if (areInConflict(worker, other)) return other;
  }
  return undefined;
}
