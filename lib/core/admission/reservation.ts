import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { areInConflict } from './conflict-gate.js';
import { freePlaces } from './group-gate.js';
import { neededWorkers } from './needed-workers.js';
import { outranks } from './rank.js';

/*
 * A run held only by dependencies at work, conflicts, groups or capacity that outranks everything else reserves what it
 * needs, or a stream of lesser runs could keep it waiting for ever.
 */

export function reservationHold(state: SchedulerState, run: Run): Hold | undefined {
  const reserving = reservingRun(state);
  if (reserving === undefined || reserving.worker === run.worker) return undefined;
  if (!standsInTheWay(state, run, reserving)) return undefined;
  if (!outranks(reserving, run, state.now, state.settings.agingStepMs)) return undefined;
  if (workersToSpare(state, reserving).has(run.worker)) return undefined;
  return { reason: 'RESERVED', heldBy: reserving.worker.definition.name };
}

/**
 * What is in the reserver's way may wait, inside its own run or for a dependency, for others: to hold these back would
 * hold back the reserver itself, for ever. Runs of such a worker that go before the awaited one have to be let through
 * as well.
 */
function workersToSpare(state: SchedulerState, reserving: Run): ReadonlySet<WorkerState> {
  const isForDependency = state.reservation?.isForDependency === true;
  if (state.awaiting.size === 0 && !isForDependency) return NOBODY;
  return neededWorkers(state, reserving, isForDependency);
}

/** Those that were held back, and by now are to be spared. */
export function sparedWaiters(state: SchedulerState): WorkerState[] {
  const { reservation } = state;
  const reserving = reservingRun(state);
  if (reserving === undefined || reservation === undefined) return [];
  if (reservation.waiters.size === 0) return [];
  return [...workersToSpare(state, reserving)].filter((worker) => reservation.waiters.has(worker));
}

/** The best run of the worker that reserves, while it contends. */
export function reservingRun({ reservation, now, settings }: SchedulerState): Run | undefined {
  let best: Run | undefined;
  for (const { run } of reservation?.by.contenders ?? []) {
    if (run === undefined) continue;
    if (best === undefined || outranks(run, best, now, settings.agingStepMs)) best = run;
  }
  return best;
}

/**
 * Capacity needs no reservation: whatever else the reserver waits for is held by running attempts, each of which gives
 * back a place when it ends, and the reserver is the first to be asked.
 */
function standsInTheWay({ reservation }: SchedulerState, run: Run, reserving: Run): boolean {
  const { worker } = run;
  const { worker: reserver } = reserving;
  const isDependency = reserver.dependencies.some(({ on }) => on === worker);
  if (reservation?.isForDependency === true) {
    // What it has begun goes on, and so does what is due first.
    return isDependency && run.attempts === 0 && run.dueAt > reserving.dueAt;
  }
  return (
    isDependency ||
    areInConflict(reserver, worker) ||
    reserver.groups.some((group) => freePlaces(group) <= 1 && worker.groups.includes(group))
  );
}

const NOBODY: ReadonlySet<WorkerState> = new Set();
