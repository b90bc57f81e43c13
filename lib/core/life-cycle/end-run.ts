import { endHold } from '../admission/hold-record.js';
import { wakeWaiters } from '../admission/waiting-room.js';
import { releaseAwaiters, stopAwaitingOthers } from '../awaiting.js';
import { claimInstants, disclaimInstants } from '../due/claim.js';
import { advanceStep } from '../due/pipeline-step.js';
import { setNextInstant } from '../due/schedule-cursor.js';
import type { PastWait } from '../event.js';
import { summaryOf, type Failure } from '../failure.js';
import type { SkipReason } from '../reason-code.js';
import type { FinishedStatus } from '../run-status.js';
import { emit, markOf, nextMark, wallDate } from '../state/emit.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { countEnding } from './failure-count.js';
import { remember } from './history.js';
import { leavePending } from './pending.js';

export type Ending =
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed' | 'timed-out' | 'lost'; readonly failure?: Failure | undefined }
  | { readonly status: 'cancelled'; readonly why: string }
  | { readonly status: 'skipped'; readonly why: string; readonly reason: SkipReason };

/** Ends an accepted run: every one passes here, once. */
export function endRun(state: SchedulerState, run: Run, ending: Ending): void {
  const { worker } = run;
  leaveWaiting(state, run);
  stopAwaitingOthers(state, run);
  releaseAwaiters(state, run);
  const waited = endHold(state, run);
  run.status = ending.status;
  run.endedAt = state.now;
  run.payload = undefined;
  if (run.dedupeKey !== undefined) worker.byDedupeKey?.delete(run.dedupeKey);
  if (ending.status === 'skipped' && ending.reason === 'DRAINING') disclaimInstants(state, run);
  else claimInstants(state, run);

  report(state, run, ending, waited);
  if (ending.status !== 'skipped') recordFinish(state, worker, ending);
  countEnding(state, run);
  remember(state, run);
  state.changed?.add(worker);
  if (run.attempts === 0 && run.skipReason !== 'DRAINING') callOff(state, run);
  setNextAfterEnd(state, run);
  advanceStep(state, worker);
  if (ending.status === 'succeeded') {
    for (const dependent of worker.dependents) advanceStep(state, dependent);
  }
  wakeWaiters(state, worker);
}

/** Its end is somebody's decision: it must not be due again by what made it due. */
function callOff(state: SchedulerState, { worker, origin }: Run): void {
  if (origin !== 'schedule') return;
  worker.calledOffMark = nextMark(state);
  worker.calledOffAt = state.now;
}

function leaveWaiting(state: SchedulerState, run: Run): void {
  if (run.turn.run !== undefined) leavePending(state, run);
  if (run.alarm?.kind === 'delay-over') run.worker.delayed--;
  if (run.alarm !== undefined) state.agenda.clear(run.alarm);
  run.alarm = undefined;
  run.worker.backingOff.delete(run);
}

function recordFinish(
  state: SchedulerState,
  worker: WorkerState,
  ending: Exclude<Ending, { status: 'skipped' }>,
): void {
  const status: FinishedStatus = ending.status;
  worker.lastEndAt = state.now;
  worker.lastEndStatus = status;
  if (status === 'succeeded') {
    const at = succeededAt(state, worker);
    worker.lastSuccessAt = at;
    worker.lastSuccessMark = at < state.now ? markOf(at) : nextMark(state);
  }
  if ('failure' in ending && ending.failure !== undefined) {
    worker.lastFailure = summaryOf(ending.failure);
  }
}

/**
 * Nothing starts while one that it depends on runs: where another process has seen the end, and this one hears of it
 * late, what has started since came after it.
 */
function succeededAt(state: SchedulerState, { lastStartAt, dependents }: WorkerState): number {
  let at = state.now;
  if (state.phase === 'running' || lastStartAt === undefined) return at;
  for (const { lastStartAt: followedAt = -Infinity } of dependents) {
    if (followedAt > lastStartAt) at = Math.min(at, followedAt);
  }
  return at;
}

function report(
  state: SchedulerState,
  run: Run,
  ending: Ending,
  waited: PastWait | undefined,
): void {
  const base = {
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId: run.id,
    ...(waited !== undefined && { waited }),
  };
  const { attempts } = run;
  const durationMs = state.now - (run.startedAt ?? state.now);
  run.worker.counts[ending.status]++;
  switch (ending.status) {
    case 'succeeded':
      run.failure = undefined;
      emit(state, { type: 'run.succeeded', ...base, attempts, durationMs });
      return;
    case 'cancelled':
      run.why = ending.why;
      emit(state, { type: 'run.cancelled', ...base, why: ending.why });
      return;
    case 'skipped': {
      const { why, reason } = ending;
      run.why = why;
      run.skipReason = reason;
      const scheduledAt = new Date(run.scheduledAt);
      const count = 1 + run.missedCount;
      emit(state, { type: 'run.skipped', ...base, reason, why, scheduledAt, count });
      return;
    }
    case 'failed':
    case 'timed-out':
    case 'lost': {
      const { failure } = ending;
      run.failure = failure && summaryOf(failure);
      emit(state, {
        type: `run.${ending.status}`,
        ...base,
        attempts,
        durationMs,
        ...(failure !== undefined && { failure }),
      });
    }
  }
}

/** Fixed delay and continuous workers are due again because their run has ended. */
function setNextAfterEnd(state: SchedulerState, run: Run): void {
  const { worker } = run;
  const { schedule } = worker.definition;
  const wasScheduled = worker.lastScheduled === run;
  if (wasScheduled) worker.lastScheduled = undefined;
  // A trigger does not hasten the first one.
  const isNext = wasScheduled || worker.nextInstant === undefined;
  if (schedule.kind === 'continuous' && worker.lastScheduled === undefined && isNext) {
    setNextInstant(state, worker, state.now);
  }
  // What a shutdown kept from starting is due still.
  if (schedule.kind === 'fixed-delay' && wasScheduled && run.skipReason !== 'DRAINING') {
    worker.anchorAt = state.now;
    setNextInstant(state, worker, state.now + schedule.intervalMs);
  }
}
