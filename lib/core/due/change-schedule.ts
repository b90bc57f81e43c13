import type { WorkerDefinition } from '../definition/worker-definition.js';
import { NONE } from '../state/create-state.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { instantsUpTo } from './due-instants.js';
import {
  beginSchedule,
  instantOf,
  scheduleNow,
  setNextInstant,
  wallTime,
} from './schedule-cursor.js';

/**
 * Gives the worker a definition with another schedule. A changed interval is counted from the last due instant that was
 * claimed, a changed fixed delay from the last end, a changed cron pattern from now.
 */
export function changeSchedule(
  state: SchedulerState,
  worker: WorkerState,
  definition: WorkerDefinition,
): void {
  const before = worker.definition;
  const { claimedThroughInstant: claimed } = worker;
  const claimedAt = claimed === undefined ? undefined : wallTime(state, worker, claimed);
  const waiting = unclaimedRuns(state, worker);
  const owedAt = owedInstant(state, worker);
  worker.definition = definition;
  for (const { run, firstAt, lastAt } of waiting) {
    run.firstInstant = instantOf(state, worker, firstAt);
    run.lastInstant = instantOf(state, worker, lastAt);
  }
  worker.claimedThroughInstant =
    claimedAt === undefined ? undefined : instantOf(state, worker, claimedAt);
  const areDelays = [before, definition].every(({ schedule }) => schedule.kind === 'fixed-delay');
  if (!areDelays) worker.anchorAt = worker.claimedThroughInstant;
  worker.spentStretches = NONE;
  if (!state.areSchedulesOn) return;
  disownFormerInstants(state, worker);
  beginSchedule(state, worker, true);
  worker.resumesLate = false;
  if (owedAt !== undefined) stillOwe(state, worker, owedAt);
}

/** What was due by the former schedule, and was not decided upon yet, as the schedule was off or jittered; in wall-clock time. */
function owedInstant(state: SchedulerState, worker: WorkerState): number | undefined {
  const { nextInstant } = worker;
  const isOwed = nextInstant !== undefined && nextInstant <= scheduleNow(state, worker);
  return isOwed && isOnGrid(worker) ? wallTime(state, worker, nextInstant) : undefined;
}

function stillOwe(state: SchedulerState, worker: WorkerState, owedAt: number): void {
  const { nextInstant } = worker;
  if (!isOnGrid(worker)) return;
  if (nextInstant === undefined || nextInstant > scheduleNow(state, worker)) {
    setNextInstant(state, worker, instantOf(state, worker, owedAt));
  }
}

function isOnGrid({ definition: { schedule } }: WorkerState): boolean {
  return schedule.kind === 'cron' || schedule.kind === 'fixed-rate';
}

/** The new schedule was not in force before: of its instants until now none was missed, and one at most is due. */
function disownFormerInstants(state: SchedulerState, worker: WorkerState): void {
  const { claimedThroughInstant: claimed, definition } = worker;
  const { schedule } = definition;
  if (claimed === undefined) return;
  const now = scheduleNow(state, worker);
  if (schedule.kind === 'cron') worker.claimedThroughInstant = Math.max(claimed, now);
  if (schedule.kind !== 'fixed-rate') return;
  const { last } = instantsUpTo(schedule, claimed, now);
  worker.claimedThroughInstant = Math.max(claimed, last - schedule.intervalMs);
}

/** Its waiting runs with the first and the last due instant that each stands for, in wall-clock time. */
function unclaimedRuns(
  state: SchedulerState,
  worker: WorkerState,
): { run: Run; firstAt: number; lastAt: number }[] {
  return worker.unclaimed.flatMap((run) => {
    const { firstInstant, lastInstant } = run;
    if (firstInstant === undefined || lastInstant === undefined) return [];
    const firstAt = wallTime(state, worker, firstInstant);
    return { run, firstAt, lastAt: wallTime(state, worker, lastInstant) };
  });
}
