import type { Attempt, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { areInConflict } from './conflict-gate.js';
import { freePlaces } from './group-gate.js';

/** Whether only abandoned attempts are in the worker's way somewhere: nobody can say when that ends. */
export function isStuck(state: SchedulerState, worker: WorkerState): boolean {
  for (const other of state.runningWorkers) {
    if (areInConflict(worker, other) && areAbandoned(other.attempts)) return true;
  }
  return worker.groups.some((group) => freePlaces(group) <= 0 && areAbandoned(group.holders));
}

function areAbandoned(attempts: Iterable<Attempt>): boolean {
  for (const { holdsPlace, phase } of attempts) {
    if (holdsPlace && phase !== 'abandoned') return false;
  }
  return true;
}
