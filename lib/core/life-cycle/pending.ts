import { reconsider } from '../admission/waiting-room.js';
import { doubt } from '../awaiting.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

/** Runs that wait for an attempt, be it for their turn or for their time: what `maxPending` bounds. */
export function queueLength({ pending, delayed, backingOff }: WorkerState): number {
  return pending.size + delayed + backingOff.size;
}

/** The run waits for its turn. */
export function joinPending(state: SchedulerState, run: Run): void {
  const { worker } = run;
  run.status = 'waiting';
  run.waitsSince = state.now;
  worker.pending.add(run.turn, run);
  state.newcomers.push(run);
  doubt(state, run);
  // Behind others, it changes nothing.
  if (worker.pending.isFirst(run.turn) || worker.recovery?.run === run) reconsider(state, worker);
}

/** The run waits no more. */
export function leavePending(state: SchedulerState, run: Run): void {
  const { worker } = run;
  worker.pending.remove(run.turn);
  reconsider(state, worker);
  if (worker.pending.size > 0) return;
  worker.overdueSince = undefined;
  state.agenda.clear(worker.overdue);
}
