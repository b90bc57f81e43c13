import { backoffDelayMs } from '../backoff/backoff.js';
import type { AttemptOutcome } from '../attempt-outcome.js';
import { summaryOf } from '../failure.js';
import { emit, wallDate } from '../state/emit.js';
import type { Attempt, Run, SchedulerState } from '../state/scheduler-state.js';
import { doubt, stopAwaitingOthers } from '../awaiting.js';
import { isRegistered } from '../state/relations.js';
import { endRun } from './end-run.js';
import { joinPending } from './pending.js';
import { wakeWaiters } from '../admission/waiting-room.js';
import { findAttempt, forgetAttempt, keepLingering, releaseAttempt } from './release-attempt.js';

type Unsuccessful = Extract<AttemptOutcome, { status: 'failed' | 'timed-out' | 'lost' }>;

/** The outcome of a running attempt; one that was aborted goes on lingering until it settles. */
export function endAttempt(
  state: SchedulerState,
  attempt: Attempt,
  outcome: AttemptOutcome,
  isSettled: boolean,
): void {
  const { run } = attempt;
  stopAwaitingOthers(state, run);
  if (!isSettled) keepLingering(state, attempt);
  conclude(state, run, outcome);
  if (isSettled) forgetAttempt(state, attempt);
}

function conclude(state: SchedulerState, run: Run, outcome: AttemptOutcome): void {
  switch (outcome.status) {
    case 'succeeded':
      endRun(state, run, outcome);
      return;
    case 'cancelled':
      endRun(state, run, outcome);
      return;
    case 'skipped':
      endRun(state, run, { ...outcome, reason: 'SKIPPED_BY_WORKER' });
      return;
    case 'failed':
    case 'timed-out':
    case 'lost':
      retryOrEnd(state, run, outcome);
  }
}

function retryOrEnd(state: SchedulerState, run: Run, outcome: Unsuccessful): void {
  const failure = 'failure' in outcome ? outcome.failure : undefined;
  const retry = 'retry' in outcome ? outcome.retry : 'by-policy';
  const { maxRetries, backoff } = run.worker.definition;
  if (retry === 'never' || run.attempts > maxRetries || !isRegistered(state, run.worker)) {
    endRun(state, run, { status: outcome.status, failure });
    return;
  }
  // A run that calls stop() is not waited for.
  if (state.phase === 'draining' || state.phase === 'stopped') {
    endRun(state, run, { status: 'cancelled', why: 'shutdown came before its next attempt' });
    return;
  }
  const delayMs =
    retry === 'by-policy'
      ? backoffDelayMs(backoff, run.attempts, state.settings.random)
      : retry.afterMs;
  backOff(state, run, state.now + delayMs);
  run.failure = failure && summaryOf(failure);
  run.worker.counts.retried++;
  emit(state, {
    type: 'run.retrying',
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId: run.id,
    attempt: run.attempts,
    outcome: outcome.status,
    delayMs,
    ...(failure !== undefined && { failure }),
  });
}

export function backOff(state: SchedulerState, run: Run, until: number): void {
  run.status = 'backing-off';
  run.worker.backingOff.add(run);
  doubt(state, run);
  run.alarm = { kind: 'backoff-over', run, at: 0, order: run.order, heapIndex: -1 };
  state.agenda.set(run.alarm, until);
}

/** The pause between two attempts is over. */
export function endBackoff(state: SchedulerState, run: Run): void {
  run.alarm = undefined;
  run.worker.backingOff.delete(run);
  joinPending(state, run);
  wakeWaiters(state, run.worker);
}

/** An aborted attempt has settled at last. */
export function settleAttempt(state: SchedulerState, runId: string, number: number): void {
  const attempt = findAttempt(state, runId, number);
  if (attempt !== undefined) forgetAttempt(state, attempt);
}

/** An aborted attempt has ignored its signal past its grace. */
export function abandonAttempt(state: SchedulerState, runId: string, number: number): void {
  const attempt = findAttempt(state, runId, number);
  if (attempt?.phase !== 'lingering') return;
  attempt.phase = 'abandoned';
  const { run } = attempt;
  run.worker.counts.abandoned++;
  if (!holdsOnTimeout(state, run)) releaseAttempt(state, attempt);
  emit(state, {
    type: 'run.abandoned',
    at: wallDate(state),
    worker: run.worker.definition.name,
    runId,
    attempt: number,
    holdsPlace: attempt.holdsPlace,
  });
}

/** Freeing the place of a worker with exclusions would break them silently. */
function holdsOnTimeout({ blockers }: SchedulerState, { worker }: Run): boolean {
  const { holdOnTimeout } = worker.definition;
  if (holdOnTimeout !== undefined) return holdOnTimeout;
  // One that was unregistered in mid-run excludes others still.
  const excludesAll = worker.blocksEverything || (blockers.get('*')?.size ?? 0) > 0;
  return excludesAll || worker.conflicts.size > 0 || worker.groups.length > 0;
}
