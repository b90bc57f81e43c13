import type { JobPriority } from '../priority.js';
import type { RunOrigin } from '../run-status.js';
import { emit, wallDate } from '../state/emit.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { joinPending } from './pending.js';

export interface RunRequest {
  /** @default one of its own making */
  readonly id?: string | undefined;
  readonly origin: RunOrigin;
  /** Wall-clock time of the due instant. */
  readonly scheduledAt: number;
  /** Steady time. */
  readonly dueAt: number;
  readonly firstInstant?: number;
  readonly lastInstant?: number;
  readonly missedCount?: number;
  readonly payload?: unknown;
  readonly priority?: JobPriority | undefined;
  readonly dedupeKey?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** From here on the run exists, and will end exactly once. */
export function acceptRun(state: SchedulerState, worker: WorkerState, request: RunRequest): Run {
  const run = createRun(state, worker, request);
  if (run.dueAt <= state.now) comeDue(state, run);
  else delay(state, run);
  return run;
}

/** A run that is known by its id, and does not do anything yet. */
export function createRun(state: SchedulerState, worker: WorkerState, request: RunRequest): Run {
  const run = newRun(state, worker, request);
  state.runs.set(run.id, run);
  if (run.origin !== 'trigger') worker.lastScheduled = run;
  if (run.firstInstant !== undefined) worker.unclaimed.push(run);
  if (run.dedupeKey !== undefined) (worker.byDedupeKey ??= new Map()).set(run.dedupeKey, run);
  return run;
}

/** One that nobody knows of. */
export function newRun(state: SchedulerState, worker: WorkerState, request: RunRequest): Run {
  const sequence = ++state.sequence;
  return {
    id: request.id ?? `${state.settings.runIdPrefix}${sequence.toString(36)}`,
    worker,
    origin: request.origin,
    payload: request.payload,
    dedupeKey: request.dedupeKey,
    traceparent: request.traceparent,
    scheduledAt: request.scheduledAt,
    firstInstant: request.firstInstant,
    lastInstant: request.lastInstant,
    lastDueAt: undefined,
    missedCount: request.missedCount ?? 0,
    priority: request.priority ?? worker.definition.priority,
    agesFrom: Math.max(request.dueAt, state.startedAt),
    dueAt: request.dueAt,
    lap: worker.definition.schedule.kind === 'continuous' ? sequence : 0,
    order: worker.order,
    sequence,
    status: 'waiting',
    waitsSince: state.now,
    attempts: 0,
    current: undefined,
    startedAt: undefined,
    endedAt: undefined,
    failure: undefined,
    why: undefined,
    skipReason: undefined,
    progress: undefined,
    turn: { run: undefined, heapIndex: -1 },
    alarm: undefined,
    hold: undefined,
    pastHolds: undefined,
    awaitedBy: undefined,
  };
}

function comeDue(state: SchedulerState, run: Run): void {
  const { traceparent } = run;
  const event = {
    type: 'run.due',
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId: run.id,
    scheduledAt: new Date(run.scheduledAt),
    missedCount: run.missedCount,
  } as const;
  emit(state, traceparent === undefined ? event : { ...event, traceparent });
  joinPending(state, run);
}

export function delay(state: SchedulerState, run: Run): void {
  run.worker.delayed++;
  run.alarm = { kind: 'delay-over', run, at: 0, order: run.order, heapIndex: -1 };
  state.agenda.set(run.alarm, run.dueAt);
}

/** A triggered run's delay is over. */
export function endDelay(state: SchedulerState, run: Run): void {
  run.worker.delayed--;
  run.alarm = undefined;
  comeDue(state, run);
}
