import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState } from '../state/scheduler-state.js';
import { conflictHold } from './conflict-gate.js';
import { dependencyHold, waitsForWork } from './dependency.js';
import { groupHold } from './group-gate.js';
import { reservationHold } from './reservation.js';

/** A condition for an attempt to start: what holds the run back, or nothing. */
export type Gate = (state: SchedulerState, run: Run) => Hold | undefined;

/** Gate 1. */
export function orchestratorHold(state: SchedulerState): Hold | undefined {
  if (state.phase === 'draining' || state.phase === 'stopped') return { reason: 'DRAINING' };
  if (state.phase === 'starting') return { reason: 'PAUSED', detail: 'it is starting' };
  if (state.pausedAt !== undefined) return { reason: 'PAUSED' };
  if (state.outage !== undefined) {
    return { reason: 'ENGINE_UNAVAILABLE', detail: state.outage.problem };
  }
  return undefined;
}

const workerEnabled: Gate = (_state, run) => {
  const { worker } = run;
  if (worker.disabled !== undefined && !mayProbe(run)) {
    const reason = worker.disabled.by === 'failures' ? 'CIRCUIT_OPEN' : 'DISABLED';
    return { reason, detail: worker.disabled.reason };
  }
  return worker.pausedAt !== undefined
    ? { reason: 'PAUSED', heldBy: worker.definition.name }
    : undefined;
};

function mayProbe(run: Run): boolean {
  const { recovery } = run.worker;
  return recovery?.phase === 'due' || recovery?.run === run;
}

const ownPlaceFree: Gate = (_state, { worker }) => {
  if (worker.running < worker.definition.concurrency) return undefined;
  return { reason: 'ALREADY_RUNNING', heldBy: worker.definition.name };
};

/** Gate 7. */
export function capacityHold({ running, settings, isBehind }: SchedulerState): Hold | undefined {
  if (isBehind) return { reason: 'CAPACITY', detail: 'more is due than has been looked at' };
  return running < settings.maxConcurrentWorkers ? undefined : { reason: 'CAPACITY' };
}

/** Gates 2 to 4: while one of these holds, the run competes with nobody. */
export const WORKER_GATES: readonly Gate[] = [workerEnabled, ownPlaceFree, dependencyHold];

/** Gates 5 to 8: what other workers' runs are in the way of. */
export const COMPETITIVE_GATES: readonly Gate[] = [
  conflictHold,
  groupHold,
  capacityHold,
  reservationHold,
];

const GATES: readonly Gate[] = [orchestratorHold, ...WORKER_GATES, ...COMPETITIVE_GATES];

export function firstHold(
  gates: readonly Gate[],
  state: SchedulerState,
  run: Run,
): Hold | undefined {
  for (const gate of gates) {
    const hold = gate(state, run);
    if (hold !== undefined) return hold;
  }
  return undefined;
}

/** Whether the run competes for what it needs; it may do so while its dependencies are at work. */
export function mayContend(state: SchedulerState, run: Run): boolean {
  const hold = firstHold(WORKER_GATES, state, run);
  return hold === undefined || (hold.reason === 'DEPENDENCY' && waitsForWork(state, run));
}

/** Everything that holds the run back, in the order of the gates. */
export function allHolds(state: SchedulerState, run: Run): Hold[] {
  return GATES.map((gate) => gate(state, run)).filter((hold) => hold !== undefined);
}
