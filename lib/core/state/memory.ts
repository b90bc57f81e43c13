import { instantOf, wallTime } from '../due/schedule-cursor.js';
import { claimedForSuccessors } from '../due/claim.js';
import { lastEnded } from '../life-cycle/history.js';
import { scheduleKey } from '../schedule/schedule.js';
import type { WorkerMemory } from '../worker-memory.js';
import { NONE } from './create-state.js';
import { markOf } from './emit.js';
import type { DisabledBefore, SchedulerState, WorkerState } from './scheduler-state.js';

/*
 * What a process remembers is wall-clock time: another process has another steady time.
 */

/** What a successor of this process must know of the worker. */
export function memoryOf(state: SchedulerState, worker: WorkerState): WorkerMemory {
  const { recovery } = worker;
  const claimed = claimedForSuccessors(worker);
  const instant = (at: number): number => wallTime(state, worker, at);
  const wall = (at: number): number => at + state.wallOffset;
  return {
    worker: worker.definition.name,
    schedule: scheduleKey(worker.definition.schedule),
    consecutiveFailures: worker.consecutiveFailures,
    ...(worker.anchorAt !== undefined && { anchorAt: instant(worker.anchorAt) }),
    ...(claimed !== undefined && { claimedThrough: instant(claimed) }),
    // What the options say is not remembered: they may say otherwise next time.
    ...(worker.disabled?.by !== 'options' && worker.disabled && { disabled: worker.disabled }),
    ...(recovery !== undefined && {
      probeAt: wall(recovery.probeAt),
      coolDownMs: recovery.coolDownMs,
    }),
    ...worker.disabledBefore,
    ...(worker.lastStartAt !== undefined && { lastStartAt: wall(worker.lastStartAt) }),
    ...(worker.lastSuccessAt !== undefined && { lastSuccessAt: wall(worker.lastSuccessAt) }),
    ...(worker.calledOffAt !== undefined && { calledOffAt: wall(worker.calledOffAt) }),
    ...(worker.lastEndAt !== undefined && { lastEndAt: wall(worker.lastEndAt) }),
    ...(worker.lastEndStatus !== undefined && { lastEndStatus: worker.lastEndStatus }),
    ...lastRunOf(state, worker),
    ...(worker.lastFailure !== undefined && { lastError: worker.lastFailure }),
  };
}

function lastRunOf(state: SchedulerState, worker: WorkerState): Pick<WorkerMemory, 'lastRun'> {
  const run = lastEnded(state, worker);
  if (run?.endedAt === undefined) {
    const { lastRunBefore } = worker;
    return lastRunBefore === undefined ? {} : { lastRun: lastRunBefore };
  }
  const { id, status, origin, scheduledAt, missedCount, attempts } = run;
  const { startedAt, endedAt, failure, why, skipReason } = run;
  return {
    lastRun: {
      ...{ id, status, origin, scheduledAt, missedCount, attempts },
      ...(startedAt !== undefined && { startedAt: startedAt + state.wallOffset }),
      endedAt: endedAt + state.wallOffset,
      ...(failure !== undefined && { error: failure }),
      ...(why !== undefined && { why }),
      ...(skipReason !== undefined && { skipReason }),
    },
  };
}

export function restore(state: SchedulerState, worker: WorkerState, memory: WorkerMemory): void {
  const steady = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : at - state.wallOffset;
  const instant = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : instantOf(state, worker, at);
  const isSameSchedule = memory.schedule === scheduleKey(worker.definition.schedule);

  // A changed interval is counted from the last due instant that was claimed.
  worker.anchorAt = instant(isSameSchedule ? memory.anchorAt : memory.claimedThrough);
  worker.claimedThroughInstant = instant(memory.claimedThrough);
  const { claimedThroughInstant: claimed } = worker;
  worker.spentStretches = claimed === undefined ? NONE : [{ from: claimed, through: claimed }];
  worker.consecutiveFailures = memory.consecutiveFailures;
  if (worker.disabled?.by === 'options') worker.disabledBefore = whatSwitchedOff(memory);
  else restoreFitness(worker, memory, steady(memory.probeAt));
  worker.lastStartAt = steady(memory.lastStartAt);
  worker.lastSuccessAt = steady(memory.lastSuccessAt);
  worker.calledOffAt = steady(memory.calledOffAt);
  worker.lastEndAt = steady(memory.lastEndAt);
  worker.lastEndStatus = memory.lastEndStatus;
  worker.lastRunBefore = memory.lastRun;
  worker.lastFailure = memory.lastError;
  worker.lastStartMark = markIn(state, worker.lastStartAt);
  worker.lastSuccessMark = markIn(state, worker.lastSuccessAt);
  worker.calledOffMark = markIn(state, worker.calledOffAt);
}

function restoreFitness(
  worker: WorkerState,
  { disabled, coolDownMs }: WorkerMemory,
  probeAt: number | undefined,
): void {
  worker.disabled = disabled;
  if (probeAt !== undefined && coolDownMs !== undefined) {
    worker.recovery = { probeAt, coolDownMs, phase: 'cooling-down', run: undefined };
  }
}

function whatSwitchedOff({ disabled, probeAt, coolDownMs }: WorkerMemory): DisabledBefore {
  return {
    ...(disabled !== undefined && { disabled }),
    ...(probeAt !== undefined && { probeAt }),
    ...(coolDownMs !== undefined && { coolDownMs }),
  };
}

/** What happens from now on comes after it, whatever the clocks say. */
function markIn(state: SchedulerState, at: number | undefined): number | undefined {
  if (at === undefined) return undefined;
  const mark = markOf(at);
  state.mark = Math.max(state.mark, mark);
  return mark;
}
