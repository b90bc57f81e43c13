import { instantOf } from '../due/schedule-cursor.js';
import type { RunImage, RunPosition } from '../run-image.js';
import type { AttemptImage } from '../state/image.js';
import type { Attempt, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { createRun, delay, newRun } from './accept-run.js';
import { backOff } from './end-attempt.js';
import { joinPending } from './pending.js';
import { forgetAttempt, keepLingering, releaseAttempt } from './release-attempt.js';
import { beginAttempt } from './start-run.js';

/** A run that another process has accepted, and told of. */
export function adoptRun(
  state: SchedulerState,
  worker: WorkerState,
  image: RunImage,
  position: RunPosition,
): void {
  const { lastInstant, lastDueAt, startedAt, retryAt } = image;
  const run = createRun(state, worker, {
    ...image,
    dueAt: image.dueAt - state.wallOffset,
    ...(lastInstant !== undefined && { lastInstant: instantOf(state, worker, lastInstant) }),
  });
  run.attempts = image.attempts;
  if (lastDueAt !== undefined) run.lastDueAt = lastDueAt - state.wallOffset;
  if (startedAt !== undefined) run.startedAt = startedAt - state.wallOffset;
  if (image.isProbe === true && worker.recovery !== undefined) {
    worker.recovery.phase = position === 'waiting' ? 'due' : 'probing';
    worker.recovery.run = run;
  }
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
  run.status = 'running';
  run.startedAt ??= state.now;
  beginAttempt(state, run, run.attempts);
}

/** An attempt that was aborted, and whose body goes on; its run has ended, or goes on without it. */
export function adoptLingering(
  state: SchedulerState,
  worker: WorkerState,
  { id, origin, scheduledAt, dueAt }: RunImage,
  { number, phase, holdsPlace, why }: AttemptImage,
): void {
  const request = { id, origin, scheduledAt, dueAt: dueAt - state.wallOffset };
  const run = newRun(state, worker, request);
  run.status = 'cancelled';
  run.endedAt = state.now;
  run.why = why;
  const attempt = beginAttempt(state, run, number);
  keepLingering(state, attempt);
  attempt.phase = phase;
  if (!holdsPlace) releaseAttempt(state, attempt);
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
