import { conflictHold } from './admission/conflict-gate.js';
import {
  capacityHold,
  COMPETITIVE_GATES,
  firstHold,
  mayContend,
  orchestratorHold,
  WORKER_GATES,
} from './admission/gates.js';
import { waitsForWork } from './admission/dependency.js';
import { groupHold } from './admission/group-gate.js';
import { recordHold } from './admission/hold-record.js';
import { reservingRun, sparedWaiters } from './admission/reservation.js';
import { isStuck } from './admission/stuck.js';
import {
  fileUnder,
  fileUnderReservation,
  placeWorker,
  reconsider,
  stopContending,
} from './admission/waiting-room.js';
import { isTooLate } from './due/misfire-grace.js';
import { endRun } from './life-cycle/end-run.js';
import { startRun } from './life-cycle/start-run.js';
import { SparseSet } from './sparse-set.js';
import { createEntry } from './state/create-state.js';
import type { SchedulerState, WorkerState, WorkerTurn } from './state/scheduler-state.js';

/** Starts whatever may start, and leaves every waiting run filed under what holds it back. */
export function dispatch(state: SchedulerState): void {
  const placed: WorkerState[] = [];
  placeUnsettled(state, placed);
  while (mayStartMore(state)) {
    updateReservation(state, placed);
    for (const waiter of sparedWaiters(state)) reconsider(state, waiter);
    placeUnsettled(state, placed);
    const next = state.ready.best(state.now);
    if (next === undefined) break;
    admit(state, next);
    placeUnsettled(state, placed);
  }
  // Those that are added meanwhile too: filing one may give a group's next its chance to be filed.
  for (const worker of placed) {
    fileIfHeld(state, worker);
    placeUnsettled(state, placed);
  }
  settleNewcomers(state);
}

/** Files the workers whose wait has changed; those that are ready now are added to `placed`. */
function placeUnsettled(state: SchedulerState, placed: WorkerState[]): void {
  if (state.unsettled.length === 0) return;
  // Those that are added meanwhile too.
  for (const worker of state.unsettled) {
    worker.isUnsettled = false;
    placeWorker(state, worker);
    if (worker.queuedIn === state.ready) placed.push(worker);
  }
  state.unsettled.length = 0;
}

function mayStartMore(state: SchedulerState): boolean {
  return capacityHold(state) === undefined && orchestratorHold(state) === undefined;
}

/** Checks every gate and claims in one step. */
function admit(state: SchedulerState, turn: WorkerTurn): void {
  const { worker, run } = turn;
  // What was satisfied when the worker became ready may not be now.
  if (run === undefined || firstHold(WORKER_GATES, state, run) !== undefined) {
    placeWorker(state, worker);
    return;
  }
  if (isTooLate(state, run)) {
    endRun(state, run, { status: 'skipped', reason: 'MISFIRE', why: 'later than misfireGrace' });
    return;
  }
  const hold = firstHold(COMPETITIVE_GATES, state, run);
  const { reservation } = state;
  if (hold === undefined) startRun(state, run);
  else if (hold.reason !== 'RESERVED' || reservation === undefined) fileUnder(state, worker, hold);
  else fileUnderReservation(state, reservation, turn);
}

/** The best contender reserves, unless it is about to be asked anyway. */
function updateReservation(state: SchedulerState, placed: WorkerState[]): void {
  const best = bestContender(state, placed);
  if (state.reservation !== undefined && reservingRun(state) === undefined) endReservation(state);
  if (best?.run === undefined || best.worker.queuedIn === state.ready) return;
  const { worker, run } = best;
  const isForDependency = waitsForWork(state, run);
  const { reservation } = state;
  if (reservation?.run === run && reservation.isForDependency === isForDependency) return;
  endReservation(state);
  state.reservation = { by: worker, run, isForDependency, waiters: new SparseSet() };
}

function bestContender(state: SchedulerState, placed: WorkerState[]): WorkerTurn | undefined {
  for (;;) {
    const best = state.contenders.best(state.now);
    if (best?.run === undefined || best.worker.queuedIn === state.ready) return best;
    const { worker, run } = best;
    if (!mayContend(state, run)) {
      // What was satisfied when it began to contend is not any more.
      placeWorker(state, worker);
      placed.push(worker);
    } else if (isStuck(state, worker)) {
      // It may wait for ever: nothing is reserved for its sake.
      stopContending(state, worker);
      state.stuck.add(worker);
    } else {
      return best;
    }
  }
}

function endReservation(state: SchedulerState): void {
  for (const waiter of state.reservation?.waiters ?? []) reconsider(state, waiter);
  state.reservation = undefined;
}

/** For those that nobody asked, because capacity was used up or the orchestrator starts nothing. */
function fileIfHeld(state: SchedulerState, worker: WorkerState): void {
  const run = worker.turns.find((turn) => turn.run !== undefined)?.run;
  if (worker.queuedIn !== state.ready || run === undefined) return;
  const hold =
    orchestratorHold(state) ??
    conflictHold(state, run) ??
    groupHold(state, run) ??
    capacityHold(state);
  if (hold !== undefined) fileUnder(state, worker, hold);
}

function settleNewcomers(state: SchedulerState): void {
  for (const run of state.newcomers) {
    if (run.status !== 'waiting') continue;
    const { worker } = run;
    if (run.hold === undefined) {
      const ahead = worker.pending.best(state.now)?.run;
      const hold = orchestratorHold(state) ??
        ahead?.hold?.hold ?? { reason: 'ALREADY_RUNNING', heldBy: worker.definition.name };
      recordHold(state, run, hold);
    }
    worker.overdue ??= createEntry('overdue', worker);
    if (!state.agenda.has(worker.overdue)) {
      state.agenda.set(worker.overdue, run.waitsSince + worker.definition.overdueAfterMs);
    }
  }
  if (state.newcomers.length > 0) state.newcomers = [];
}
