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
  worker.counts.skipped += count;
  emit(state, {
    type: 'run.skipped',
    at: wallDate(state),
    worker: worker.definition.name,
    ...(standIn !== undefined && { runId: standIn.id, isStandIn: true }),
    reason,
    ...(why !== undefined && { why }),
    scheduledAt: new Date(wallTime(state, worker, first)),
    count,
  });
}
