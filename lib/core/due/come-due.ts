import { cancelRun } from '../life-cycle/cancel-run.js';
import { acceptRun } from '../life-cycle/accept-run.js';
import { queueLength } from '../life-cycle/pending.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { claimThrough } from './claim.js';
import { instantsUpTo, lastOf, notBefore, type DueInstants } from './due-instants.js';
import {
  rearmFixedDelay,
  scheduleNow,
  setNextInstant,
  steadyTime,
  wallTime,
} from './schedule-cursor.js';
import { skipInstants } from './skip-instants.js';
import { spend, unspentThrough } from './spent-instants.js';

interface Batch extends DueInstants {
  /** On the schedule's scale, less the jitter. */
  readonly now: number;
  readonly jitterMs: number;
  /** Nothing could run when they came. */
  readonly wereMissed: boolean;
}

/** The worker's next due instant has come, and perhaps more of them. */
export function comeDue(state: SchedulerState, worker: WorkerState): void {
  if (worker.nextInstant === undefined) return;
  const { schedule } = worker.definition;
  const jitterMs = worker.due.at - steadyTime(state, worker, worker.nextInstant);
  // What jitter delays is neither missed nor late.
  const now = scheduleNow(state, worker) - jitterMs;
  const until = Math.min(now, unspentThrough(worker, worker.nextInstant));
  const all = instantsUpTo(schedule, worker.nextInstant, until);
  const wereMissed = all.count > 1 || worker.resumesLate;
  worker.resumesLate = false;
  setNextInstant(state, worker, all.next);

  const instants = withinGrace(state, worker, all, now);
  if (instants !== undefined) decide(state, worker, { ...instants, now, jitterMs, wereMissed });
  rearmFixedDelay(state, worker);
}

function decide(state: SchedulerState, worker: WorkerState, instants: Batch): void {
  const { overlap, misfire } = worker.definition;
  const waiting = notYetStarted(worker);
  if (waiting !== undefined && misfire !== 'all') {
    waitOn(state, worker, waiting, instants);
    return;
  }
  const isBusy = isAtWork(worker, waiting);
  // Of those that came while another one was at work, one waits.
  const isQueued = overlap === 'queue' && waiting !== undefined;
  if (isBusy && (overlap === 'skip' || isQueued)) {
    skipAll(state, worker, instants);
    return;
  }
  if (isBusy && overlap === 'replace') cancelOldest(state, worker);
  acceptInstants(state, worker, instants);
}

/** Whether as many of its runs as may be are at work or about to be; a long wait, in which none is, is no overlap. */
function isAtWork(worker: WorkerState, waiting: Run | undefined): boolean {
  const { schedule, concurrency } = worker.definition;
  if (schedule.kind === 'continuous') return false;
  const triggered = waiting === undefined ? worker.pending.size : 0;
  return worker.running + worker.backingOff.size + triggered >= concurrency;
}

function withinGrace(
  state: SchedulerState,
  worker: WorkerState,
  instants: DueInstants,
  now: number,
): DueInstants | undefined {
  const { schedule, misfireGraceMs } = worker.definition;
  // A continuous worker has no due instants to miss.
  if (misfireGraceMs === undefined || schedule.kind === 'continuous') return instants;
  const kept = notBefore(schedule, instants, now - misfireGraceMs - state.settings.tickIntervalMs);
  const dropped = instants.count - (kept?.count ?? 0);
  if (dropped > 0) {
    if (kept === undefined) claimThrough(state, worker, instants.last);
    skipInstants(
      state,
      worker,
      { first: instants.first, count: dropped },
      { reason: 'MISFIRE', why: 'later than misfireGrace' },
    );
  }
  return kept;
}

/** The scheduled run that still waits for its first attempt. */
function notYetStarted(worker: WorkerState): Run | undefined {
  const run = worker.lastScheduled;
  return run?.status === 'waiting' && run.attempts === 0 ? run : undefined;
}

/** A long wait: the waiting run stands for what falls due meanwhile. */
function waitOn(state: SchedulerState, worker: WorkerState, waiting: Run, instants: Batch): void {
  waiting.lastInstant = instants.last;
  waiting.lastDueAt = steadyTime(state, worker, instants.last) + instants.jitterMs;
  spend(worker, instants.last);
  if (worker.definition.misfire === 'once') waiting.missedCount += instants.count;
  skipInstants(state, worker, instants, {
    reason: waiting.hold?.hold.reason ?? 'ALREADY_RUNNING',
    why: 'an earlier due instant still waits',
    standIn: waiting,
  });
}

function skipAll(state: SchedulerState, worker: WorkerState, instants: DueInstants): void {
  const ahead = worker.pending.best(state.now)?.run;
  claimThrough(state, worker, instants.last);
  skipInstants(state, worker, instants, {
    reason:
      worker.running > 0 ? 'ALREADY_RUNNING' : (ahead?.hold?.hold.reason ?? 'ALREADY_RUNNING'),
    why: 'the previous run has not ended',
  });
}

function cancelOldest(state: SchedulerState, worker: WorkerState): void {
  const atWork = worker.attempts.flatMap(({ run, phase }) => (phase === 'running' ? run : []));
  const [oldest = worker.lastScheduled] = [...atWork, ...worker.backingOff].sort(
    (one, other) => one.sequence - other.sequence,
  );
  if (oldest !== undefined) cancelRun(state, oldest, 'replaced by the next due run');
}

/** What waits for its time has no place that a continuous worker, whose next run is due now, could wait for. */
function placesTaken(worker: WorkerState): number {
  const isContinuous = worker.definition.schedule.kind === 'continuous';
  return isContinuous ? worker.pending.size : queueLength(worker);
}

function acceptInstants(state: SchedulerState, worker: WorkerState, batch: Batch): void {
  const { schedule, misfire, maxPending } = worker.definition;
  const { first, last, count, now, jitterMs, wereMissed } = batch;
  const accept = (from: number, to: number, missedCount: number): void => {
    spend(worker, from);
    spend(worker, to);
    acceptRun(state, worker, {
      origin: 'schedule',
      scheduledAt: wallTime(state, worker, from),
      dueAt: Math.min(steadyTime(state, worker, from) + jitterMs, state.now),
      // A continuous worker's is no instant that could be missed, or claimed.
      ...(schedule.kind !== 'continuous' && { firstInstant: from, lastInstant: to }),
      missedCount,
    });
  };
  const places = maxPending - placesTaken(worker);
  if (places <= 0) {
    claimThrough(state, worker, last);
    skipInstants(state, worker, batch, { reason: 'QUEUE_FULL' });
    return;
  }
  if (misfire === 'skip' && wereMissed) {
    const isOnTime = now - last <= state.settings.tickIntervalMs;
    const missed = isOnTime ? count - 1 : count;
    if (missed > 0) skipInstants(state, worker, { first, count: missed }, { reason: 'MISFIRE' });
    if (isOnTime) accept(last, last, 0);
    else claimThrough(state, worker, last);
    return;
  }
  if (misfire !== 'all') {
    accept(first, last, count - 1);
    return;
  }
  const kept = lastOf(schedule, batch, places);
  if (kept.length < count) {
    skipInstants(
      state,
      worker,
      { first, count: count - kept.length },
      { reason: 'QUEUE_FULL', why: 'more due instants were missed than maxPending allows' },
    );
  }
  for (const instant of kept) accept(instant, instant, 0);
}
