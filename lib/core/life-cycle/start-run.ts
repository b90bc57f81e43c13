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
  const attempt: Attempt = {
    run,
    number: run.attempts,
    startedAt: state.now,
    groups: worker.groups,
    phase: 'running',
    holdsPlace: true,
  };
  takePlaces(state, attempt);
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

export function takePlaces(state: SchedulerState, attempt: Attempt): void {
  const { worker } = attempt.run;
  worker.attempts.push(attempt);
  worker.running++;
  attempt.run.current = attempt;
  state.running++;
  state.runningWorkers.add(worker);
  for (const group of attempt.groups) group.holders.add(attempt);
}
