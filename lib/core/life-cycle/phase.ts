import { reconsider } from '../admission/waiting-room.js';
import { advanceStep } from '../due/pipeline-step.js';
import { beginSchedule, resumeSchedule, wakeSchedule } from '../due/schedule-cursor.js';
import { emit, wallDate } from '../state/emit.js';
import type { SchedulerState } from '../state/scheduler-state.js';
import { cancelRun } from './cancel-run.js';
import { endRun } from './end-run.js';
import { armProbe, probeBySchedule } from './recover.js';

/** Accepts triggers from now on, but starts nothing yet. */
export function prepare(state: SchedulerState): void {
  if (state.phase === 'stopped') state.phase = 'starting';
}

export function begin(state: SchedulerState): void {
  if (state.phase === 'draining' || state.areSchedulesOn) return;
  state.areSchedulesOn = true;
  beginWithoutSchedules(state);
  for (const worker of state.workers.values()) {
    beginSchedule(state, worker);
    advanceStep(state, worker);
    probeBySchedule(state, worker);
  }
  reconsiderAll(state);
}

/** Triggered runs start from now on; nothing falls due by schedule before {@link begin}. */
export function beginWithoutSchedules(state: SchedulerState): void {
  if (state.phase === 'running' || state.phase === 'draining') return;
  state.phase = 'running';
  state.startedAt = state.now;
  emit(state, { type: 'orchestrator.started', at: wallDate(state) });
  for (const worker of state.workers.values()) armProbe(state, worker);
  reconsiderAll(state);
}

/**
 * Nothing starts any more. Triggered runs that wait are cancelled; scheduled ones will be missed, and made up for.
 *
 * @returns how many were cancelled
 */
export function drain(state: SchedulerState): number {
  if (state.phase === 'stopped' || state.phase === 'draining') return 0;
  state.phase = 'draining';
  state.drainingAt = state.now;
  state.areSchedulesOn = false;
  emit(state, { type: 'orchestrator.draining', at: wallDate(state) });
  stopSchedules(state);
  for (const { probe } of state.workers.values()) state.agenda.clear(probe);
  let cancelled = 0;
  for (const run of [...state.runs.values()]) {
    if (run.status !== 'waiting' && run.status !== 'backing-off') continue;
    if (run.origin !== 'trigger' && run.attempts === 0) {
      endRun(state, run, {
        status: 'skipped',
        reason: 'DRAINING',
        why: 'the orchestrator is stopping',
      });
    } else {
      cancelRun(state, run, 'the orchestrator is stopping');
      cancelled++;
    }
  }
  return cancelled;
}

export function finish(state: SchedulerState): void {
  if (state.phase === 'stopped') return;
  state.phase = 'stopped';
  emit(state, { type: 'orchestrator.stopped', at: wallDate(state) });
}

export function pauseAll(state: SchedulerState): void {
  if (state.pausedAt !== undefined) return;
  state.pausedAt = state.now;
  emit(state, { type: 'orchestrator.paused', at: wallDate(state) });
  stopSchedules(state);
  reconsiderAll(state);
}

export function resumeAll(state: SchedulerState): void {
  if (state.pausedAt === undefined) return;
  state.pausedAt = undefined;
  emit(state, { type: 'orchestrator.resumed', at: wallDate(state) });
  for (const worker of state.workers.values()) {
    resumeSchedule(state, worker);
    advanceStep(state, worker);
  }
  reconsiderAll(state);
}

export function loseEngine(state: SchedulerState, problem: string): void {
  if (state.outage !== undefined) return;
  state.outage = { since: state.now, problem };
  emit(state, { type: 'engine.unavailable', at: wallDate(state), problem });
  reconsiderAll(state);
}

export function findEngine(state: SchedulerState): void {
  if (state.outage === undefined) return;
  state.outage = undefined;
  emit(state, { type: 'engine.recovered', at: wallDate(state) });
  reconsiderAll(state);
}

function stopSchedules(state: SchedulerState): void {
  for (const worker of state.workers.values()) wakeSchedule(state, worker);
}

/** What holds every waiting run back has changed. */
function reconsiderAll(state: SchedulerState): void {
  for (const worker of state.workers.values()) {
    if (worker.pending.size > 0) reconsider(state, worker);
  }
}
