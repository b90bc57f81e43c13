import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { areInConflict } from './conflict-gate.js';
import { freePlaces } from './group-gate.js';
import { outranks } from './rank.js';

/*
 * A run held only by conflicts, groups or capacity that outranks everything else reserves what it needs, or a stream
 * of lesser runs could keep it waiting for ever.
 */

export function reservationHold(state: SchedulerState, run: Run): Hold | undefined {
  const reserving = reservingRun(state);
  if (reserving === undefined || reserving.worker === run.worker) return undefined;
  // Whoever is awaited inside a running run must end before that one does: holding back its worker helps nobody.
  if (run.worker.awaitedRuns > 0) return undefined;
  if (!standsInTheWayOf(reserving.worker, run.worker)) return undefined;
  if (!outranks(reserving, run, state.now, state.settings.agingStepMs)) return undefined;
  return { reason: 'RESERVED', heldBy: reserving.worker.definition.name };
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
function standsInTheWayOf(reserver: WorkerState, worker: WorkerState): boolean {
  return (
    areInConflict(reserver, worker) ||
    reserver.dependencies.some(({ on }) => on === worker) ||
    reserver.groups.some((group) => freePlaces(group) <= 1 && worker.groups.includes(group))
  );
}
