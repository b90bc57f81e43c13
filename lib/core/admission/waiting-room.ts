import { doubt } from '../awaiting.js';
import type { SparseSet } from '../sparse-set.js';
import { createEntry } from '../state/create-state.js';
import type { Hold } from '../state/hold.js';
import type {
  Group,
  Reservation,
  Run,
  SchedulerState,
  WorkerState,
  WorkerTurn,
} from '../state/scheduler-state.js';
import { unsatisfiedDependencies, waitsForWork } from './dependency.js';
import { firstRuns } from './first-runs.js';
import { firstHold, WORKER_GATES } from './gates.js';
import { freePlaces, fullGroup } from './group-gate.js';
import { runningConflict } from './conflict-gate.js';
import { recordHold } from './hold-record.js';
import { outranks } from './rank.js';
import { reservingRun } from './reservation.js';
import type { RankedQueue } from './ranked-queue.js';

/*
 * A worker with waiting runs is filed under what holds it back, so that an ending touches only those that it may free:
 * under a worker (dependency or conflict), in a group's queue, under the reservation, or in the ready queue.
 */

/** Looks at the worker again before the step ends. */
export function reconsider(state: SchedulerState, worker: WorkerState): void {
  // A flag and a list: a set that is filled and emptied with each step costs more than all that is in it.
  if (worker.isUnsettled) return;
  worker.isUnsettled = true;
  state.unsettled.push(worker);
  doubt(state, worker);
}

/** Something about the worker changed that others may wait for. */
export function wakeWaiters(state: SchedulerState, worker: WorkerState): void {
  doubt(state, worker);
  for (const waiter of worker.waiters) reconsider(state, waiter);
}

/** Asks whoever is first in the group's queue, if a place is free. */
export function wakeGroup(state: SchedulerState, group: Group): void {
  if (freePlaces(group) <= 0) return;
  const next = group.queue.best(state.now);
  if (next !== undefined) reconsider(state, next.worker);
}

/** From its second free place on, a group has enough for the reserver and others. */
export function wakeReserved(state: SchedulerState, group: Group): void {
  const { reservation } = state;
  if (reservation === undefined || freePlaces(group) !== 2) return;
  if (!reservation.by.groups.includes(group)) return;
  for (const waiter of reservation.waiters) {
    if (waiter.groups.includes(group)) reconsider(state, waiter);
  }
}

/** An abandoned attempt is out of the way after all: whoever it kept from contending may contend again. */
export function wakeStuck(state: SchedulerState): void {
  for (const worker of state.stuck) reconsider(state, worker);
  state.stuck.clear();
}

function leaveQueue(worker: WorkerState): void {
  for (const turn of worker.turns) worker.queuedIn?.remove(turn);
  worker.queuedIn = undefined;
}

function leaveParks(state: SchedulerState, worker: WorkerState): void {
  for (const waiters of worker.parkedIn) waiters.delete(worker);
  worker.parkedIn.length = 0;
  state.agenda.clear(worker.ageing);
}

export function stopContending(state: SchedulerState, worker: WorkerState): void {
  for (const turn of worker.contenders) state.contenders.remove(turn);
}

/** Files the worker by its own gates: as ready, or under its dependencies. */
export function placeWorker(state: SchedulerState, worker: WorkerState): void {
  leaveQueue(worker);
  leaveParks(state, worker);
  stopContending(state, worker);
  const { ready, contending } = candidatesOf(state, worker);
  queueUp(worker, worker.contenders, state.contenders, contending);
  if (ready.length === 0) {
    passOnGroups(state, worker);
    return;
  }
  queueUp(worker, worker.turns, state.ready, ready);
  worker.queuedIn = state.ready;
}

function queueUp(
  worker: WorkerState,
  turns: WorkerTurn[],
  queue: RankedQueue<Run, WorkerTurn>,
  runs: readonly Run[],
): void {
  let index = 0;
  for (const run of runs) {
    queue.add((turns[index++] ??= { worker, run: undefined, heapIndex: -1 }), run);
  }
}

interface Candidates {
  /** Its own gates let them through. */
  readonly ready: Run[];
  /** Those, and the ones that wait for a dependency at work. */
  readonly contending: Run[];
}

/** Of the worker's first waiting runs; records why the others are held. */
function candidatesOf(state: SchedulerState, worker: WorkerState): Candidates {
  const ready: Run[] = [];
  const contending: Run[] = [];
  for (const run of firstRuns(state, worker)) {
    const hold = firstHold(WORKER_GATES, state, run);
    if (hold === undefined) {
      ready.push(run);
      contending.push(run);
      continue;
    }
    recordHold(state, run, hold);
    if (hold.reason !== 'DEPENDENCY') continue;
    for (const { on } of unsatisfiedDependencies(state, run)) park(worker, on.waiters);
    if (waitsForWork(state, run)) contending.push(run);
  }
  return { ready, contending };
}

/**
 * Files a ready worker under what it must wait for: what holds its best run back holds them all. It stays ready where
 * nothing but its turn is missing.
 */
export function fileUnder(state: SchedulerState, worker: WorkerState, hold: Hold): void {
  const runs = worker.turns.flatMap(({ run }) => run ?? []);
  for (const run of runs) recordHold(state, run, hold);
  const [holder, group] = [runningConflict(state, worker), fullGroup(worker)];

  if (hold.reason === 'BLOCKED' && holder !== undefined) {
    leaveQueue(worker);
    park(worker, holder.waiters);
  } else if (hold.reason === 'GROUP_FULL' && group !== undefined) {
    leaveQueue(worker);
    queueUp(worker, worker.turns, group.queue, runs);
    worker.queuedIn = group.queue;
  } else {
    return;
  }
  passOnGroups(state, worker);
}

/** Files one run of a ready worker under the reservation, which may let others of its runs through. */
export function fileUnderReservation(
  state: SchedulerState,
  { by, waiters }: Reservation,
  turn: WorkerTurn,
): void {
  const { worker, run } = turn;
  if (run === undefined) return;
  recordHold(state, run, { reason: 'RESERVED', heldBy: by.definition.name });
  worker.queuedIn?.remove(turn);
  park(worker, waiters);
  wakeWhenAged(state, worker, run);
  if (worker.turns.some((other) => other.run !== undefined)) return;
  worker.queuedIn = undefined;
  passOnGroups(state, worker);
}

/** The worker did not take the places it was woken for, or not all: the next one may. */
function passOnGroups(state: SchedulerState, worker: WorkerState): void {
  for (const group of worker.groups) wakeGroup(state, group);
}

function park(worker: WorkerState, waiters: SparseSet<WorkerState>): void {
  waiters.add(worker);
  worker.parkedIn.push(waiters);
}

/** Where it outranks who reserves at all, it does so with its next level. */
function wakeWhenAged(state: SchedulerState, worker: WorkerState, run: Run): void {
  const { agingStepMs } = state.settings;
  const levels = Math.max(0, Math.floor((state.now - run.agesFrom) / agingStepMs));
  const at = run.agesFrom + (levels + 1) * agingStepMs;
  const reserving = reservingRun(state);
  if (reserving === undefined || outranks(reserving, run, at, agingStepMs)) return;
  worker.ageing ??= createEntry('ageing', worker);
  if (!state.agenda.has(worker.ageing) || at < worker.ageing.at)
    state.agenda.set(worker.ageing, at);
}
