import {
  reconsider,
  wakeGroup,
  wakeReserved,
  wakeStuck,
  wakeWaiters,
} from '../admission/waiting-room.js';
import { endConflicts, isRegistered } from '../state/relations.js';
import type { Attempt, SchedulerState } from '../state/scheduler-state.js';

/** Gives back what the attempt holds, and asks those who may have waited for it. */
export function releaseAttempt(state: SchedulerState, attempt: Attempt): void {
  if (!attempt.holdsPlace) return;
  attempt.holdsPlace = false;
  const { worker } = attempt.run;
  worker.running--;
  state.running--;
  if (worker.running === 0) state.runningWorkers.delete(worker);
  for (const group of attempt.groups) {
    group.holders.delete(attempt);
    wakeGroup(state, group);
    wakeReserved(state, group);
  }
  if (attempt.phase === 'abandoned') wakeStuck(state);
  if (worker.pending.size > 0) reconsider(state, worker);
  if (worker.running > 0) return;
  wakeWaiters(state, worker);
  if (!isRegistered(state, worker)) endConflicts(worker);
}

/** The attempt has settled: nothing of it is left. */
export function forgetAttempt(state: SchedulerState, attempt: Attempt): void {
  const { run, number } = attempt;
  releaseAttempt(state, attempt);
  const { attempts } = run.worker;
  const index = attempts.indexOf(attempt);
  if (index >= 0) attempts.splice(index, 1);
  if (run.current === attempt) run.current = undefined;
  else state.lingering.delete(lingeringKey(run.id, number));
}

/** From now on the attempt may live beside a later one of the same run, or beyond its run. */
export function keepLingering(state: SchedulerState, attempt: Attempt): void {
  attempt.phase = 'lingering';
  attempt.run.current = undefined;
  state.lingering.set(lingeringKey(attempt.run.id, attempt.number), attempt);
}

export function findAttempt(
  state: SchedulerState,
  runId: string,
  number: number,
): Attempt | undefined {
  const current = state.runs.get(runId)?.current;
  return current?.number === number ? current : state.lingering.get(lingeringKey(runId, number));
}

function lingeringKey(runId: string, number: number): string {
  return `${runId}#${String(number)}`;
}
