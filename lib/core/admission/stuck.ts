import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { areInConflict } from './conflict-gate.js';
import { freePlaces } from './group-gate.js';

/** Whether an abandoned attempt has to end before the worker may start: nobody can say when it will. */
export function isStuck(state: SchedulerState, worker: WorkerState): boolean {
  for (const other of state.runningWorkers) {
    if (areInConflict(worker, other) && hasAbandoned(other)) return true;
  }
  if (worker.dependencies.some(({ on }) => hasAbandoned(on))) return true;
  return worker.groups.some(
    (group) =>
      freePlaces(group) <= 0 && [...group.holders].every(({ phase }) => phase === 'abandoned'),
  );
}

function hasAbandoned({ attempts }: WorkerState): boolean {
  for (const { holdsPlace, phase } of attempts) {
    if (holdsPlace && phase === 'abandoned') return true;
  }
  return false;
}
