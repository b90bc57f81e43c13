import type { Hold } from '../state/hold.js';
import type { Group, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { unsatisfiedDependency } from './dependency.js';
import { firstHold, WORKER_GATES } from './gates.js';
import { freePlaces, fullGroup } from './group-gate.js';
import { runningConflict } from './conflict-gate.js';
import { recordHold } from './hold-record.js';

/*
 * A worker with waiting runs is filed under what holds it back, so that an ending touches only those that it may free:
 * under a worker (dependency or conflict), in a group's queue, under the reservation, or in the ready queue.
 */

/** Looks at the worker again before the step ends. */
export function reconsider(state: SchedulerState, worker: WorkerState): void {
  state.unsettled.add(worker);
}

/** Something about the worker changed that others may wait for. */
export function wakeWaiters(state: SchedulerState, worker: WorkerState): void {
  for (const waiter of worker.waiters) reconsider(state, waiter);
}

/** Asks whoever is first in the group's queue, if a place is free. */
export function wakeGroup(state: SchedulerState, group: Group): void {
  if (freePlaces(group) <= 0) return;
  const next = group.queue.best(state.now);
  if (next !== undefined) reconsider(state, next.worker);
}

/** From its second free place on, a group has enough for the reserver and others. */
export function wakeReserved({ reservation, unsettled }: SchedulerState, group: Group): void {
  if (reservation === undefined || freePlaces(group) !== 2) return;
  if (!reservation.by.groups.includes(group)) return;
  for (const waiter of reservation.waiters) {
    if (waiter.groups.includes(group)) unsettled.add(waiter);
  }
}

/** An abandoned attempt is out of the way after all: whoever it kept from contending may contend again. */
export function wakeStuck(state: SchedulerState): void {
  for (const worker of state.stuck) reconsider(state, worker);
  state.stuck.clear();
}

function leaveQueues(worker: WorkerState): void {
  worker.queuedIn?.remove(worker.turn);
  worker.queuedIn = undefined;
  for (const waiters of worker.parkedIn) waiters.delete(worker);
  worker.parkedIn.length = 0;
}

export function stopContending(state: SchedulerState, worker: WorkerState): void {
  state.contenders.remove(worker.contender);
}

/** Files the worker by its own gates: as ready, or under its dependencies. */
export function placeWorker(state: SchedulerState, worker: WorkerState): void {
  leaveQueues(worker);
  stopContending(state, worker);
  const candidate = candidateOf(state, worker);
  if (candidate === undefined) {
    passOnGroups(state, worker);
    return;
  }
  state.contenders.add(worker.contender, candidate);
  state.ready.add(worker.turn, candidate);
  worker.queuedIn = state.ready;
}

/** The worker's best waiting run that its own gates let through; otherwise records why none is. */
function candidateOf(state: SchedulerState, worker: WorkerState): Run | undefined {
  for (const { run } of worker.pending.heads(state.now)) {
    if (run === undefined) continue;
    const hold = firstHold(WORKER_GATES, state, run);
    if (hold === undefined) return run;
    recordHold(state, run, hold);
    if (hold.reason !== 'DEPENDENCY') continue;
    const dependency = unsatisfiedDependency(state, run);
    if (dependency !== undefined) park(worker, dependency.on.waiters);
  }
  return undefined;
}

/** Files a ready worker under what it must wait for. */
export function fileUnder(state: SchedulerState, worker: WorkerState, run: Run, hold: Hold): void {
  recordHold(state, run, hold);
  if (hold.reason === 'CAPACITY') return;
  leaveQueues(worker);

  if (hold.reason === 'BLOCKED') {
    const holder = runningConflict(state, worker);
    if (holder !== undefined) park(worker, holder.waiters);
  } else if (hold.reason === 'GROUP_FULL') {
    const group = fullGroup(worker);
    worker.queuedIn = group?.queue;
    group?.queue.add(worker.turn, run);
  } else if (hold.reason === 'RESERVED' && state.reservation !== undefined) {
    park(worker, state.reservation.waiters);
  }
  passOnGroups(state, worker);
}

/** The worker did not take the places it was woken for, or not all: the next one may. */
function passOnGroups(state: SchedulerState, worker: WorkerState): void {
  for (const group of worker.groups) wakeGroup(state, group);
}

function park(worker: WorkerState, waiters: Set<WorkerState>): void {
  waiters.add(worker);
  worker.parkedIn.push(waiters);
}
