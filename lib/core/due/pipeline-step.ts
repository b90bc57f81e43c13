import { hasSucceededSince } from '../admission/dependency.js';
import { acceptRun } from '../life-cycle/accept-run.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { isScheduleOn } from './schedule-cursor.js';

/** A pipeline step is due once every dependency has succeeded since its last start. */
export function advanceStep(state: SchedulerState, worker: WorkerState): void {
  if (worker.definition.schedule.kind !== 'after-dependencies') return;
  if (worker.lastScheduled !== undefined || !isScheduleOn(state, worker)) return;
  if (!worker.dependencies.every(({ on }) => hasSucceededSince(on, worker))) return;
  acceptRun(state, worker, {
    origin: 'schedule',
    scheduledAt: state.now + state.wallOffset,
    dueAt: state.now,
  });
}
