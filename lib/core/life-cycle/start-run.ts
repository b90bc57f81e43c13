import { endHold } from '../admission/hold-record.js';
import { wakeWaiters } from '../admission/waiting-room.js';
import { claimInstants } from '../due/claim.js';
import { emit, nextMark, wallDate } from '../state/emit.js';
import type { Attempt, Run, SchedulerState } from '../state/scheduler-state.js';
import { leavePending } from './pending.js';

/** Takes the places that the run needs, and orders its next attempt. */
export function startRun(state: SchedulerState, run: Run): void {
  const { worker } = run;
  leavePending(state, run);
  const waited = endHold(state, run);

  run.status = 'running';
  run.attempts++;
  if (run.attempts === 1) claimInstants(state, run);
  run.startedAt ??= state.now;
  const attempt = beginAttempt(state, run, run.attempts);
  // Its dependents wait for work now, which they may reserve against.
  wakeWaiters(state, worker);

  worker.counts.started++;
  worker.lastStartAt = state.now;
  worker.lastStartMark = nextMark(state);
  if (worker.recovery?.phase === 'due') {
    worker.recovery.phase = 'probing';
    worker.recovery.run = run;
    emit(state, { type: 'worker.probing', at: wallDate(state), worker: worker.definition.name });
  }
  state.changed?.add(worker);

  emit(state, {
    type: 'run.started',
    at: wallDate(state),
    worker: worker.definition.name,
    runId: run.id,
    attempt: attempt.number,
    latenessMs: state.now - run.dueAt,
    ...(waited !== undefined && { waited }),
  });
  state.effects.push({
    type: 'start-attempt',
    attempt: {
      runId: run.id,
      worker: worker.definition.name,
      number: attempt.number,
      payload: run.payload,
      scheduledAt: run.scheduledAt,
      missedCount: run.missedCount,
      lastSuccessAt:
        worker.lastSuccessAt === undefined ? undefined : worker.lastSuccessAt + state.wallOffset,
    },
  });
}

/** It takes the places that it needs. */
export function beginAttempt(state: SchedulerState, run: Run, number: number): Attempt {
  const { worker } = run;
  const { groups } = worker;
  const startedAt = state.now;
  const attempt: Attempt = { run, number, startedAt, groups, phase: 'running', holdsPlace: true };
  worker.attempts.push(attempt);
  worker.running++;
  run.current = attempt;
  state.running++;
  state.runningWorkers.add(worker);
  for (const group of groups) group.holders.add(attempt);
  return attempt;
}
