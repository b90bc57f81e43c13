import type { Run, SchedulerState } from '../state/scheduler-state.js';
import { steadyTime } from './schedule-cursor.js';

/**
 * Whether the scheduled run would begin later than its worker's `misfireGrace` allows; wake-ups on a grid make none late.
 */
export function isTooLate(state: SchedulerState, run: Run): boolean {
  const { misfireGraceMs } = run.worker.definition;
  if (misfireGraceMs === undefined || run.attempts > 0 || run.lastInstant === undefined) {
    return false;
  }
  const lastDueAt = Math.max(
    run.dueAt,
    run.lastDueAt ?? steadyTime(state, run.worker, run.lastInstant),
  );
  return state.now - lastDueAt > misfireGraceMs + state.settings.tickIntervalMs;
}
