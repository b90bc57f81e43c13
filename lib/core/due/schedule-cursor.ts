import { isRegistered } from '../state/relations.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { firstInstant } from './due-instants.js';
import { skipSpent } from './spent-instants.js';

/** Whether the schedule is on: its worker neither disabled nor paused, the orchestrator at work. */
export function isScheduleOn(state: SchedulerState, worker: WorkerState): boolean {
  return (
    isRegistered(state, worker) &&
    state.areSchedulesOn &&
    state.pausedAt === undefined &&
    worker.disabled === undefined &&
    worker.pausedAt === undefined
  );
}

/**
 * Sets the first due instant: at the start, or when the schedule came or changed.
 *
 * @param isContinued whether it had started before
 */
export function beginSchedule(
  state: SchedulerState,
  worker: WorkerState,
  isContinued = state.isContinued,
): void {
  const { schedule } = worker.definition;
  const first = firstInstant(worker, state.now, state.wallOffset, isContinued);
  worker.nextInstant = first === undefined ? undefined : skipSpent(worker, first);
  const isOnGrid = schedule.kind === 'fixed-rate' || schedule.kind === 'cron';
  if (isOnGrid && worker.claimedThroughInstant === undefined) worker.anchorAt = worker.nextInstant;
  state.changed?.add(worker);
  resumeSchedule(state, worker);
}

/** Files the next due instant, or takes it off while the schedule is off. */
export function wakeSchedule(state: SchedulerState, worker: WorkerState): void {
  if (worker.nextInstant === undefined || !isScheduleOn(state, worker)) {
    state.agenda.clear(worker.due);
    return;
  }
  const { schedule } = worker.definition;
  const jitterMs =
    schedule.kind === 'after-dependencies' || schedule.jitterMs === 0
      ? 0
      : Math.round(schedule.jitterMs * state.settings.random());
  state.agenda.set(worker.due, steadyTime(state, worker, worker.nextInstant) + jitterMs);
}

export function setNextInstant(
  state: SchedulerState,
  worker: WorkerState,
  instant: number | undefined,
): void {
  worker.nextInstant = instant === undefined ? undefined : skipSpent(worker, instant);
  wakeSchedule(state, worker);
}

/** Where no run came of it, no end will set the next due instant. */
export function rearmFixedDelay(state: SchedulerState, worker: WorkerState): void {
  const { schedule } = worker.definition;
  if (schedule.kind !== 'fixed-delay' || worker.lastScheduled !== undefined) return;
  setNextInstant(state, worker, state.now + schedule.intervalMs);
}

/** The schedule was off, or the process down: what was missed meanwhile is subject to the worker's misfire policy. */
export function resumeSchedule(state: SchedulerState, worker: WorkerState): void {
  // A continuous worker has no due instants to miss.
  if (worker.definition.schedule.kind === 'continuous' && worker.nextInstant !== undefined) {
    worker.nextInstant = Math.max(worker.nextInstant, state.now);
  }
  worker.resumesLate =
    worker.nextInstant !== undefined && worker.nextInstant < scheduleNow(state, worker);
  wakeSchedule(state, worker);
}

/** The wall clock was set: cron follows it, without repeating what was due. */
export function followWallClock(state: SchedulerState, worker: WorkerState): void {
  const { schedule } = worker.definition;
  if (schedule.kind !== 'cron' || worker.nextInstant === undefined) return;
  const next = schedule.cron.next(state.now + state.wallOffset - 1);
  // Forwards, what lies between is due and late; backwards, begin anew from the new time.
  const isBehind = next !== undefined && next < worker.nextInstant;
  setNextInstant(state, worker, isBehind ? next : worker.nextInstant);
}

/** An instant of the worker's schedule in steady time. */
export function steadyTime(state: SchedulerState, worker: WorkerState, instant: number): number {
  return worker.definition.schedule.kind === 'cron' ? instant - state.wallOffset : instant;
}

/** An instant of the worker's schedule in wall-clock time. */
export function wallTime(state: SchedulerState, worker: WorkerState, instant: number): number {
  return worker.definition.schedule.kind === 'cron' ? instant : instant + state.wallOffset;
}

/** The other way round: wall-clock time on the scale of the worker's schedule. */
export function instantOf(state: SchedulerState, worker: WorkerState, wallAt: number): number {
  return worker.definition.schedule.kind === 'cron' ? wallAt : wallAt - state.wallOffset;
}

/** Now, on the scale of the worker's schedule. */
export function scheduleNow(state: SchedulerState, worker: WorkerState): number {
  return instantOf(state, worker, state.now + state.wallOffset);
}
