import type { PastWait } from '../event.js';
import { emit, wallDate } from '../state/emit.js';
import type { Hold, HoldPeriod } from '../state/hold.js';
import type { Run, SchedulerState } from '../state/scheduler-state.js';
import { wasExcused } from './excuse.js';

const MOST_PAST_HOLDS = 8;

/** Records what holds the run back from now on; a new reason is an event. */
export function recordHold(state: SchedulerState, run: Run, hold: Hold): void {
  const current = run.hold;
  if (current?.hold.reason === hold.reason && current.hold.heldBy === hold.heldBy) {
    run.hold = { ...current, hold };
    return;
  }
  const waited = endHold(state, run);
  const since = state.now;
  if (current?.hold.reason === hold.reason) {
    run.hold = { hold, since, reasonSince: current.reasonSince, until: undefined };
    return;
  }
  run.hold = { hold, since, reasonSince: since, until: undefined };
  emit(state, {
    type: 'run.waiting',
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId: run.id,
    reason: hold.reason,
    ...(hold.heldBy !== undefined && { heldBy: hold.heldBy }),
    ...(waited !== undefined && { waited }),
  });
}

/** Its wait without an excuse begins now, and is looked at again though another was reported. */
function countAnew(state: SchedulerState, run: Run): void {
  const { overdue, overdueSince, definition } = run.worker;
  run.waitsSince = state.now;
  if (overdue === undefined || overdueSince === undefined) return;
  state.agenda.set(overdue, state.now + definition.overdueAfterMs);
}

/**
 * Nothing holds the run back any more.
 *
 * @returns what did until now
 */
export function endHold(state: SchedulerState, run: Run): PastWait | undefined {
  const current = run.hold;
  if (current === undefined) return undefined;
  const past: HoldPeriod[] = (run.pastHolds ??= []);
  current.until = state.now;
  past.push(current);
  if (past.length > MOST_PAST_HOLDS) past.shift();
  run.hold = undefined;
  if (wasExcused(current.hold.reason)) countAnew(state, run);
  return { reason: current.hold.reason, ms: state.now - current.reasonSince };
}
