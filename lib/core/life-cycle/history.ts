import { isRegistered } from '../state/relations.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

/** Keeps the run among the worker's latest ended ones, in the place of the oldest. */
export function remember(state: SchedulerState, run: Run): void {
  const { worker } = run;
  const limit = state.settings.history;
  if (limit === 0 || !isRegistered(state, worker)) {
    state.runs.delete(run.id);
    return;
  }
  const oldest = worker.history[worker.historyCursor];
  if (oldest !== undefined) state.runs.delete(oldest.id);
  worker.history[worker.historyCursor] = run;
  worker.historyCursor = (worker.historyCursor + 1) % limit;
}

export function lastEnded(state: SchedulerState, worker: WorkerState): Run | undefined {
  const limit = state.settings.history;
  return limit === 0 ? undefined : worker.history[(worker.historyCursor + limit - 1) % limit];
}
