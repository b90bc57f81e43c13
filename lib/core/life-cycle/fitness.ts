import { reconsider, wakeWaiters } from '../admission/waiting-room.js';
import { instantsUpTo } from '../due/due-instants.js';
import { advanceStep } from '../due/pipeline-step.js';
import {
  rearmFixedDelay,
  resumeSchedule,
  scheduleNow,
  setNextInstant,
  wakeSchedule,
} from '../due/schedule-cursor.js';
import { skipInstants } from '../due/skip-instants.js';
import { claimThrough } from '../due/claim.js';
import { unspentThrough } from '../due/spent-instants.js';
import { emit, wallDate } from '../state/emit.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import type { Disabled } from '../worker-memory.js';

/** Waiting runs stay and wait; a current one goes on. */
export function turnOff(state: SchedulerState, worker: WorkerState, disabled: Disabled): void {
  clearRecovery(state, worker);
  const before = worker.disabled?.by;
  worker.disabledBefore = undefined;
  worker.disabled = disabled;
  changed(state, worker);
  const { by, reason } = disabled;
  if (by === before) return;
  emit(state, { type: 'worker.disabled', ...subject(state, worker), by, reason });
}

/** What fell due while the worker was off is skipped, and said. */
export function turnOn(state: SchedulerState, worker: WorkerState): void {
  clearRecovery(state, worker);
  worker.consecutiveFailures = 0;
  const { disabled } = worker;
  worker.disabledBefore = undefined;
  worker.disabled = undefined;
  if (disabled !== undefined) {
    skipWhileOff(state, worker, disabled);
    emit(state, { type: 'worker.enabled', ...subject(state, worker) });
  }
  changed(state, worker);
  advanceStep(state, worker);
}

/** The operator's temporary hold. */
export function hold(state: SchedulerState, worker: WorkerState): void {
  if (worker.pausedAt !== undefined) return;
  worker.pausedAt = state.now;
  emit(state, { type: 'worker.paused', ...subject(state, worker) });
  changed(state, worker);
}

export function letGo(state: SchedulerState, worker: WorkerState): void {
  if (worker.pausedAt === undefined) return;
  worker.pausedAt = undefined;
  emit(state, { type: 'worker.resumed', ...subject(state, worker) });
  resumeSchedule(state, worker);
  changed(state, worker);
  advanceStep(state, worker);
}

function changed(state: SchedulerState, worker: WorkerState): void {
  wakeSchedule(state, worker);
  reconsider(state, worker);
  // The waiting runs of a worker that is off do not hold its dependents back.
  wakeWaiters(state, worker);
  state.changed?.add(worker);
}

function clearRecovery(state: SchedulerState, worker: WorkerState): void {
  state.agenda.clear(worker.probe);
  worker.recovery = undefined;
}

function skipWhileOff(state: SchedulerState, worker: WorkerState, { by, reason }: Disabled): void {
  const now = scheduleNow(state, worker);
  const { nextInstant } = worker;
  const { schedule } = worker.definition;
  if (nextInstant === undefined || nextInstant >= now) return;
  worker.resumesLate = false;
  if (schedule.kind === 'continuous') {
    setNextInstant(state, worker, now);
    return;
  }
  while (worker.nextInstant !== undefined && worker.nextInstant < now) {
    const until = Math.min(now, unspentThrough(worker, worker.nextInstant));
    const missed = instantsUpTo(schedule, worker.nextInstant, until);
    claimThrough(state, worker, missed.last);
    setNextInstant(state, worker, missed.next);
    skipInstants(state, worker, missed, {
      reason: by === 'failures' ? 'CIRCUIT_OPEN' : 'DISABLED',
      why: reason,
    });
  }
  rearmFixedDelay(state, worker);
}

function subject(state: SchedulerState, worker: WorkerState): { at: Date; worker: string } {
  return { at: wallDate(state), worker: worker.definition.name };
}
