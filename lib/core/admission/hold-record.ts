import { emit, wallDate } from '../state/emit.js';
import type { Hold, HoldPeriod } from '../state/hold.js';
import type { Run, SchedulerState } from '../state/scheduler-state.js';

const MOST_PAST_HOLDS = 8;

/** Records what holds the run back from now on; a new reason is an event. */
export function recordHold(state: SchedulerState, run: Run, hold: Hold): void {
  const current = run.hold;
  if (current?.hold.reason === hold.reason && current.hold.heldBy === hold.heldBy) {
    run.hold = { hold, since: current.since, until: undefined };
    return;
  }
  endHold(state, run);
  run.hold = { hold, since: state.now, until: undefined };
  if (current?.hold.reason === hold.reason) return;
  emit(state, {
    type: 'run.waiting',
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId: run.id,
    reason: hold.reason,
    ...(hold.heldBy !== undefined && { heldBy: hold.heldBy }),
  });
}

/** Nothing holds the run back any more. */
export function endHold(state: SchedulerState, run: Run): void {
  if (run.hold === undefined) return;
  const past: HoldPeriod[] = (run.pastHolds ??= []);
  run.hold.until = state.now;
  past.push(run.hold);
  if (past.length > MOST_PAST_HOLDS) past.shift();
  run.hold = undefined;
}
