import { firstRuns } from '../admission/first-runs.js';
import { allHolds, firstHold, orchestratorHold, WORKER_GATES } from '../admission/gates.js';
import type { FailureSummary } from '../failure.js';
import { lastEnded } from '../life-cycle/history.js';
import type { JobPriority } from '../priority.js';
import { isScheduleOn } from '../due/schedule-cursor.js';
import { wallDate } from '../state/emit.js';
import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import type { Disabled } from '../worker-memory.js';
import { isExcused } from '../admission/excuse.js';
import { viewRememberedRun, viewRun, type RunView, type RunWait } from './run-view.js';

/** Derived, never stored. @publicApi */
export type WorkerStatus =
  'disabled' | 'paused' | 'probing' | 'running' | 'backing-off' | 'waiting' | 'idle';

/** What is known of one worker. @publicApi */
export interface WorkerView {
  readonly name: string;
  readonly description?: string;
  readonly state: WorkerStatus;
  readonly enabled: boolean;
  readonly priority: JobPriority;
  /** Where each replica runs it by itself: what is shown is this replica's. */
  readonly scope?: 'replica';
  readonly tags: readonly string[];
  /** Attempts that hold a place. */
  readonly running: number;
  readonly waiting: number;
  /** Runs that ended failed, timed out or lost since the last success. */
  readonly failures: number;
  readonly lastRun?: RunView;
  readonly lastSuccess?: Date;
  readonly lastError?: FailureSummary;
  readonly nextDueAt?: Date;
  /** What holds its first waiting run back. */
  readonly waitingFor?: Omit<RunWait, 'until'>;
  /** How long its first waiting run has been due. */
  readonly waitingMs?: number;
  /** It should have run by now, and nothing excuses it. */
  readonly isOverdue: boolean;
  readonly disabledReason?: string;
  readonly disabledAt?: Date;
  readonly disabledBy?: Disabled['by'];
  /** When a worker that was disabled by its failures is tried again. */
  readonly probeAt?: Date;
  /** Attempts that ignored their abort signal and have not settled. */
  readonly abandoned: number;
  readonly counts: Readonly<WorkerState['counts']>;
}

export function viewWorker(state: SchedulerState, worker: WorkerState): WorkerView {
  const { definition, disabled, recovery } = worker;
  const first = firstWaiting(state, worker);
  const last = lastRun(state, worker);
  const nextDueAt = nextDue(state, worker);
  return {
    name: definition.name,
    ...(definition.description !== undefined && { description: definition.description }),
    state: statusOf(worker),
    enabled: disabled === undefined,
    priority: definition.priority,
    ...(definition.scope === 'replica' && { scope: definition.scope }),
    tags: definition.tags,
    running: worker.running,
    waiting: worker.pending.size + worker.delayed,
    failures: worker.consecutiveFailures,
    ...(last !== undefined && { lastRun: last }),
    ...(worker.lastSuccessAt !== undefined && {
      lastSuccess: wallDate(state, worker.lastSuccessAt),
    }),
    ...(worker.lastFailure !== undefined && { lastError: worker.lastFailure }),
    ...(nextDueAt !== undefined && { nextDueAt }),
    ...(first !== undefined && waitOf(state, first)),
    isOverdue: isOverdue(state, worker),
    ...(disabled !== undefined && {
      disabledReason: disabled.reason,
      disabledAt: new Date(disabled.at),
      disabledBy: disabled.by,
    }),
    ...(recovery?.phase === 'cooling-down' && { probeAt: wallDate(state, recovery.probeAt) }),
    abandoned: worker.attempts.filter(({ phase }) => phase === 'abandoned').length,
    counts: { ...worker.counts },
  };
}

export function statusOf(worker: WorkerState): WorkerStatus {
  const { recovery } = worker;
  if (recovery?.phase === 'due' || recovery?.phase === 'probing') return 'probing';
  if (worker.disabled !== undefined) return 'disabled';
  if (worker.pausedAt !== undefined) return 'paused';
  if (worker.running > 0) return 'running';
  if (worker.backingOff.size > 0) return 'backing-off';
  return worker.pending.size > 0 ? 'waiting' : 'idle';
}

/** Its waiting run that would start first. */
export function firstWaiting(state: SchedulerState, worker: WorkerState): Run | undefined {
  const first = firstRuns(state, worker);
  return first.find((run) => firstHold(WORKER_GATES, state, run) === undefined) ?? first[0];
}

export function nextDue(state: SchedulerState, worker: WorkerState): Date | undefined {
  if (worker.nextInstant === undefined || !isScheduleOn(state, worker)) return undefined;
  return wallDate(state, worker.due.at);
}

function waitOf(state: SchedulerState, run: Run): Pick<WorkerView, 'waitingFor' | 'waitingMs'> {
  const [binding] = allHolds(state, run);
  return {
    waitingMs: state.now - run.dueAt,
    ...(binding !== undefined && {
      waitingFor: {
        reason: binding.reason,
        ...(binding.heldBy !== undefined && { heldBy: binding.heldBy }),
        ...(binding.detail !== undefined && { detail: binding.detail }),
        since: wallDate(state, heldSince(state, run, binding)),
      },
    }),
  };
}

/** Since when it holds the run back, as far as it was seen. */
export function heldSince(state: SchedulerState, run: Run, hold: Hold): number {
  const began = decidedAt(state, run.worker, hold);
  if (began !== undefined) return Math.max(began, run.dueAt);
  return run.hold?.hold.reason === hold.reason ? run.hold.since : state.now;
}

/** When it began to hold back whatever may come, if that was at some instant. */
export function decidedAt(
  state: SchedulerState,
  worker: WorkerState,
  { reason, heldBy }: Hold,
): number | undefined {
  switch (reason) {
    case 'PAUSED':
      return heldBy === undefined ? state.pausedAt : worker.pausedAt;
    case 'DRAINING':
      return state.drainingAt;
    case 'ENGINE_UNAVAILABLE':
      return state.outage?.since;
    default:
      return undefined;
  }
}

/** Of this process, or else of the one before. */
function lastRun(state: SchedulerState, worker: WorkerState): RunView | undefined {
  const run = lastEnded(state, worker);
  if (run !== undefined) return viewRun(state, run);
  const { lastRunBefore, definition } = worker;
  return lastRunBefore && viewRememberedRun(definition.name, lastRunBefore);
}

function isOverdue(state: SchedulerState, worker: WorkerState): boolean {
  const latest = state.now - worker.definition.overdueAfterMs;
  // A due instant that nobody took notice of: the event loop or the engine is stuck.
  const unseen = latest - state.settings.tickIntervalMs;
  if (worker.due.heapIndex >= 0 && worker.due.at <= unseen) return true;
  const first = firstWaiting(state, worker);
  if (first === undefined || first.waitsSince > latest) return false;
  const binding = orchestratorHold(state) ?? allHolds(state, first)[0];
  return binding === undefined || !isExcused(worker, binding.reason);
}
