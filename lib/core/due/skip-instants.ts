import type { SkipReason } from '../reason-code.js';
import { emit, wallDate } from '../state/emit.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import type { DueInstants } from './due-instants.js';
import { wallTime } from './schedule-cursor.js';

interface Skip {
  readonly reason: SkipReason;
  readonly why?: string;
  /** The waiting run that stands for them. */
  readonly standIn?: Run;
}

/** Due instants that start nothing: never silently. */
export function skipInstants(
  state: SchedulerState,
  worker: WorkerState,
  { first, count }: Pick<DueInstants, 'first' | 'count'>,
  { reason, why, standIn }: Skip,
): void {
  const scheduledAt = wallTime(state, worker, first);
  worker.counts.skipped += count;
  worker.skips.push({ at: state.now, scheduledAt, count, reason, why });
  if (worker.skips.length > state.settings.history) worker.skips.shift();
  emit(state, {
    type: 'run.skipped',
    at: wallDate(state),
    worker: worker.definition.name,
    ...(standIn !== undefined && { runId: standIn.id, isStandIn: true }),
    reason,
    ...(why !== undefined && { why }),
    scheduledAt: new Date(scheduledAt),
    count,
  });
}
