import {
  OrchestratorStoppedError,
  QueueFullError,
  WorkerDisabledError,
  WorkerPausedError,
} from '../errors.js';
import type { JobPriority } from '../priority.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { acceptRun } from './accept-run.js';
import { queueLength } from './pending.js';

export interface TriggerRequest {
  /** The run's; @default one of its own making */
  readonly id?: string | undefined;
  readonly payload?: unknown;
  readonly priority?: JobPriority | undefined;
  readonly delayMs?: number | undefined;
  readonly dedupeKey?: string | undefined;
  /** W3C trace context of who triggers it. */
  readonly traceparent?: string | undefined;
  /** Whether it was accepted before, so that nothing that came later refuses it. */
  readonly wasAccepted?: boolean | undefined;
}

/**
 * Accepts a run, or finds the one that an equal `dedupeKey` stands for already.
 *
 * @throws OrchestratorStoppedError, WorkerDisabledError, WorkerPausedError, QueueFullError
 */
export function triggerRun(
  state: SchedulerState,
  worker: WorkerState,
  request: TriggerRequest,
): Run {
  const { id, payload, priority, delayMs = 0, dedupeKey, traceparent, wasAccepted } = request;
  if (wasAccepted !== true) assertAccepting(state, worker);
  const existing = dedupeKey === undefined ? undefined : worker.byDedupeKey?.get(dedupeKey);
  if (existing !== undefined) return existing;
  const { name, maxPending } = worker.definition;
  if (wasAccepted !== true && queueLength(worker) >= maxPending) {
    throw new QueueFullError(name, maxPending);
  }
  return acceptRun(state, worker, {
    id,
    origin: 'trigger',
    scheduledAt: state.now + state.wallOffset + delayMs,
    dueAt: state.now + delayMs,
    payload,
    priority,
    dedupeKey,
    traceparent,
  });
}

function assertAccepting({ phase }: SchedulerState, worker: WorkerState): void {
  const { name } = worker.definition;
  if (phase === 'stopped' || phase === 'draining') throw new OrchestratorStoppedError(phase);
  // Half-open: the trigger is the probe that its recovery waits for.
  if (worker.disabled !== undefined && worker.recovery?.phase !== 'due') {
    throw new WorkerDisabledError(name, worker.disabled.reason);
  }
  if (worker.pausedAt !== undefined) throw new WorkerPausedError(name);
}
