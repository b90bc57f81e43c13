import { reconsider } from '../admission/waiting-room.js';
import type { Run, SchedulerState } from '../state/scheduler-state.js';

/** The run waits for its turn. */
export function joinPending(state: SchedulerState, run: Run): void {
  run.status = 'waiting';
  run.waitsSince = state.now;
  run.worker.pending.add(run.turn, run);
  state.newcomers.push(run);
  reconsider(state, run.worker);
}

/** The run waits no more. */
export function leavePending(state: SchedulerState, run: Run): void {
  const { worker } = run;
  worker.pending.remove(run.turn);
  reconsider(state, worker);
  if (worker.pending.size > 0) return;
  worker.isOverdue = false;
  state.agenda.clear(worker.overdue);
}
