import type { FailureSummary } from '../failure.js';
import type { HoldReason, SkipReason } from '../reason-code.js';
import type { RunOrigin, RunStatus } from '../run-status.js';
import { wallDate } from '../state/emit.js';
import type { HoldPeriod } from '../state/hold.js';
import type { Run, SchedulerState } from '../state/scheduler-state.js';
import type { RunMemory } from '../worker-memory.js';

/** Which runs to show. @publicApi */
export interface RunFilter {
  readonly worker?: string;
  readonly status?: RunStatus;
  /** At most so many, newest first. @default all that are known */
  readonly limit?: number;
}

/** What held a run back, and for how long. @publicApi */
export interface RunWait {
  readonly reason: HoldReason;
  readonly heldBy?: string;
  readonly detail?: string;
  readonly since: Date;
  /** Absent while it still does. */
  readonly until?: Date;
}

/** A run, live or from history. @publicApi */
export interface RunView {
  readonly id: string;
  readonly worker: string;
  readonly status: RunStatus;
  readonly origin: RunOrigin;
  readonly scheduledAt: Date;
  readonly missedCount: number;
  readonly attempts: number;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly error?: FailureSummary;
  /** Why it was cancelled or skipped. */
  readonly why?: string;
  readonly skipReason?: SkipReason;
  /** Who executes it, where the engine has several replicas. */
  readonly replica?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string };
  /** The last few things that held it back, oldest first. */
  readonly waits: readonly RunWait[];
}

export function viewRun(state: SchedulerState, run: Run): RunView {
  const { progress } = run;
  return {
    id: run.id,
    worker: run.worker.definition.name,
    status: run.status,
    origin: run.origin,
    scheduledAt: new Date(run.scheduledAt),
    missedCount: run.missedCount,
    attempts: run.attempts,
    ...(run.startedAt !== undefined && { startedAt: wallDate(state, run.startedAt) }),
    ...(run.endedAt !== undefined && { endedAt: wallDate(state, run.endedAt) }),
    ...(run.failure !== undefined && { error: run.failure }),
    ...(run.why !== undefined && { why: run.why }),
    ...(run.skipReason !== undefined && { skipReason: run.skipReason }),
    ...(progress !== undefined && {
      progress: {
        fraction: progress.fraction,
        ...(progress.message !== undefined && { message: progress.message }),
      },
    }),
    waits: [...(run.pastHolds ?? []), ...(run.hold === undefined ? [] : [run.hold])].map((period) =>
      viewWait(state, period),
    ),
  };
}

/** One that ended before this process began. */
export function viewRememberedRun(worker: string, run: RunMemory): RunView {
  const { scheduledAt, startedAt, endedAt, ...same } = run;
  return {
    ...same,
    worker,
    scheduledAt: new Date(scheduledAt),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    endedAt: new Date(endedAt),
    waits: [],
  };
}

function viewWait(state: SchedulerState, { hold, since, until }: HoldPeriod): RunWait {
  return {
    reason: hold.reason,
    ...(hold.heldBy !== undefined && { heldBy: hold.heldBy }),
    ...(hold.detail !== undefined && { detail: hold.detail }),
    since: wallDate(state, since),
    ...(until !== undefined && { until: wallDate(state, until) }),
  };
}
