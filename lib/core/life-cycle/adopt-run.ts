import { instantOf } from '../due/schedule-cursor.js';
import type { RunImage, RunPosition } from '../run-image.js';
import type { Attempt, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { createRun, delay } from './accept-run.js';
import { backOff } from './end-attempt.js';
import { joinPending } from './pending.js';
import { forgetAttempt } from './release-attempt.js';
import { takePlaces } from './start-run.js';

/** A run that another process has accepted, and told of. */
export function adoptRun(
  state: SchedulerState,
  worker: WorkerState,
  image: RunImage,
  position: RunPosition,
): void {
  const { lastInstant, startedAt, retryAt } = image;
  const run = createRun(state, worker, {
    ...image,
    dueAt: image.dueAt - state.wallOffset,
    ...(lastInstant !== undefined && { lastInstant: instantOf(state, worker, lastInstant) }),
  });
  run.attempts = image.attempts;
  if (startedAt !== undefined) run.startedAt = startedAt - state.wallOffset;
  switch (position) {
    case 'running':
      resumeAttempt(state, run);
      return;
    case 'waiting':
      if (run.origin === 'trigger' && run.dueAt > state.now) delay(state, run);
      else joinPending(state, run);
      return;
    case 'backing-off':
      backOff(state, run, (retryAt ?? 0) - state.wallOffset);
  }
}

function resumeAttempt(state: SchedulerState, run: Run): void {
  const { worker, attempts: number } = run;
  run.status = 'running';
  run.startedAt ??= state.now;
  takePlaces(state, {
    run,
    number,
    startedAt: state.now,
    groups: worker.groups,
    phase: 'running',
    holdsPlace: true,
  });
}

export function returnAttempt(state: SchedulerState, attempt: Attempt, hasBegun: boolean): void {
  const { run } = attempt;
  const { worker } = run;
  forgetAttempt(state, attempt);
  if (!hasBegun) {
    run.attempts--;
    worker.counts.started--;
  }
  if (worker.recovery?.run === run) worker.recovery.phase = 'due';
  joinPending(state, run);
}
