import type { RunFilter, RunView } from '../../core/view/run-view.js';
import type { OrchestratorStatus } from '../../core/view/status-view.js';
import type { DrainReport } from '../drain-report.js';

/** The fleet as it is, with what this replica runs by itself. */
export function bothStatuses(
  fleet: OrchestratorStatus,
  local: OrchestratorStatus,
): OrchestratorStatus {
  if (local.workers === 0) return fleet;
  return {
    ...fleet,
    workers: fleet.workers + local.workers,
    running: fleet.running + local.running,
    waiting: fleet.waiting + local.waiting,
    abandoned: fleet.abandoned + local.abandoned,
    workerStates: [...fleet.workerStates, ...local.workerStates],
  };
}

/** Newest first, as far as both know it: by when they were due. */
export function bothRuns(
  fleet: readonly RunView[],
  local: readonly RunView[],
  { limit = Infinity }: RunFilter,
): RunView[] {
  return [...fleet, ...local]
    .sort((one, other) => other.scheduledAt.getTime() - one.scheduledAt.getTime())
    .slice(0, Math.max(0, limit));
}

export function bothReports(one: DrainReport, other: DrainReport): DrainReport {
  return {
    finished: [...one.finished, ...other.finished],
    aborted: [...one.aborted, ...other.aborted],
    abandoned: [...one.abandoned, ...other.abandoned],
    cancelled: one.cancelled + other.cancelled,
    durationMs: Math.max(one.durationMs, other.durationMs),
  };
}

export function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}
