import { wallTime } from '../due/schedule-cursor.js';
import type { RunImage } from '../run-image.js';
import type { WorkerMemory } from '../worker-memory.js';
import { memoryOf } from './memory.js';
import type { Attempt, Run, SchedulerState, WorkerState } from './scheduler-state.js';

/** An attempt that is ordered, at work, or aborted and not settled. */
export interface AttemptImage extends Pick<Attempt, 'number' | 'phase' | 'holdsPlace'> {
  readonly runId: string;
  /** Why its run was cancelled. */
  readonly why?: string;
}

/** Everything of one worker that another process cannot find out otherwise. */
export interface WorkerSnapshot {
  readonly memory: WorkerMemory;
  readonly isPaused: boolean;
  readonly attempts: readonly AttemptImage[];
  /** Runs that have started, and are between two attempts. */
  readonly retries: readonly RunImage[];
}

export function snapshotOf(state: SchedulerState, worker: WorkerState): WorkerSnapshot {
  return {
    memory: memoryOf(state, worker),
    isPaused: worker.pausedAt !== undefined,
    attempts: worker.attempts.map(({ run, number, phase, holdsPlace }) => ({
      ...{ runId: run.id, number, phase, holdsPlace },
      ...(run.why !== undefined && { why: run.why }),
    })),
    retries: retries(worker).map((run) => imageOf(state, run)),
  };
}

export function imageOf(state: SchedulerState, run: Run): RunImage {
  const { worker, payload, dedupeKey, traceparent, lastInstant, lastDueAt, startedAt, alarm } = run;
  const wall = (at: number): number => at + state.wallOffset;
  return {
    id: run.id,
    worker: worker.definition.name,
    origin: run.origin,
    priority: run.priority,
    scheduledAt: run.scheduledAt,
    dueAt: wall(run.dueAt),
    missedCount: run.missedCount,
    attempts: run.attempts,
    ...(payload !== undefined && { payload }),
    ...(dedupeKey !== undefined && { dedupeKey }),
    ...(traceparent !== undefined && { traceparent }),
    ...(lastInstant !== undefined && { lastInstant: wallTime(state, worker, lastInstant) }),
    ...(lastDueAt !== undefined && { lastDueAt: wall(lastDueAt) }),
    ...(startedAt !== undefined && { startedAt: wall(startedAt) }),
    ...(worker.recovery?.run === run && { isProbe: true as const }),
    ...(alarm?.kind === 'backoff-over' && { retryAt: wall(alarm.at) }),
  };
}

/** Those whose backoff is over, or whose attempt was returned, wait for their turn. */
function retries({ backingOff, pending }: WorkerState): Run[] {
  return [...backingOff, ...pending.runs().filter(({ startedAt }) => startedAt !== undefined)];
}
