import { acceptRun } from '../life-cycle/accept-run.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { isScheduleOn } from './schedule-cursor.js';

/** A pipeline step is due once every dependency has succeeded since its last start, or since it was called off. */
export function advanceStep(state: SchedulerState, worker: WorkerState): void {
  if (worker.definition.schedule.kind !== 'after-dependencies') return;
  if (worker.lastScheduled !== undefined || !isScheduleOn(state, worker)) return;
  const since = Math.max(worker.lastStartMark ?? -Infinity, worker.calledOffMark ?? -Infinity);
  const isDue = worker.dependencies.every(({ on }) => (on.lastSuccessMark ?? -Infinity) > since);
  if (!isDue) return;
  acceptRun(state, worker, {
    origin: 'schedule',
    scheduledAt: state.now + state.wallOffset,
    dueAt: state.now,
  });
}
