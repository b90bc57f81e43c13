import { conflict } from './model-gates.js';
import type { ModelState, ModelWorker } from './model-state.js';

/** A worker's one state, derived. */
export function stateOf(state: ModelState, worker: ModelWorker): string {
  const { off, isPaused } = worker;
  if (off !== undefined) return off.isDue || off.probe !== undefined ? 'probing' : 'disabled';
  if (isPaused) return 'paused';
  if (state.holders(worker) > 0) return 'running';
  if (state.runsOf(worker, 'backing-off').length > 0) return 'backing-off';
  return state.runsOf(worker, 'waiting').length > 0 ? 'waiting' : 'idle';
}

/** Why a trigger is refused. @param queueLength its runs that wait for an attempt, or for their time */
export function refusalOf(
  state: ModelState,
  { off, isPaused, definition }: ModelWorker,
  queueLength: number,
): string | undefined {
  if (state.isDraining) return 'ORCHESTRATOR_STOPPED';
  const probeAt = off?.probeAt ?? Infinity;
  const isHalfOpen = off?.probe === undefined && (off?.isDue === true || probeAt < state.now);
  if (off !== undefined && !isHalfOpen) return 'WORKER_DISABLED';
  if (isPaused) return 'WORKER_PAUSED';
  return queueLength >= definition.maxPending ? 'QUEUE_FULL' : undefined;
}

/** Whether an abandoned attempt keeps what it holds. */
export function holdsOnTimeout(state: ModelState, worker: ModelWorker): boolean {
  const { holdOnTimeout, groups } = worker.definition;
  const others = [...state.workers.values()];
  return holdOnTimeout ?? (groups.length > 0 || others.some((other) => conflict(worker, other)));
}

/** Turned off by an operator. */
export function turnOff(worker: ModelWorker): void {
  worker.off = {
    by: 'operator',
    probeAt: undefined,
    coolDownMs: 0,
    probe: undefined,
    isDue: false,
  };
}
