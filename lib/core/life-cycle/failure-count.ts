import { wallDate } from '../state/emit.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { turnOff, turnOn } from './fitness.js';
import { armProbe } from './recover.js';

const LONGEST_COOL_DOWN_FACTOR = 8;

/** What an ended run means for its worker's fitness. */
export function countEnding(state: SchedulerState, run: Run): void {
  const { worker } = run;
  const wasProbe = worker.recovery?.phase === 'probing' && worker.recovery.run === run;
  switch (run.status) {
    case 'succeeded':
      worker.consecutiveFailures = 0;
      if (wasProbe) turnOn(state, worker);
      return;
    case 'failed':
    case 'timed-out':
    case 'lost':
      worker.consecutiveFailures++;
      if (wasProbe) coolDownLonger(state, worker);
      else disableIfUnfit(state, worker);
      return;
    default:
      if (wasProbe || hasLostItsProbe(worker)) {
        coolDown(state, worker, worker.recovery?.coolDownMs);
      }
  }
}

/** The run that was to be the probe has ended without an attempt, and no other one waits. */
function hasLostItsProbe({ recovery, pending, definition }: WorkerState): boolean {
  return (
    recovery?.phase === 'due' && pending.size === 0 && definition.schedule.kind !== 'triggered'
  );
}

function disableIfUnfit(state: SchedulerState, worker: WorkerState): void {
  const { maxConsecutiveFailures, autoEnableAfterMs } = worker.definition;
  if (maxConsecutiveFailures === 0 || worker.disabled !== undefined) return;
  if (worker.consecutiveFailures < maxConsecutiveFailures) return;
  const reason =
    (worker.consecutiveFailures === 1
      ? 'a failed run'
      : `${String(worker.consecutiveFailures)} failed runs in a row`) +
    (worker.lastFailure === undefined ? '' : `, the last with ${worker.lastFailure.name}`);
  turnOff(state, worker, { by: 'failures', reason, at: wallDate(state).getTime() });
  coolDown(state, worker, autoEnableAfterMs);
}

function coolDownLonger(state: SchedulerState, worker: WorkerState): void {
  const { autoEnableAfterMs = 0 } = worker.definition;
  const doubled = (worker.recovery?.coolDownMs ?? autoEnableAfterMs) * 2;
  coolDown(state, worker, Math.min(doubled, autoEnableAfterMs * LONGEST_COOL_DOWN_FACTOR));
}

function coolDown(
  state: SchedulerState,
  worker: WorkerState,
  coolDownMs: number | undefined,
): void {
  if (coolDownMs === undefined || coolDownMs === 0) {
    worker.recovery = undefined;
    return;
  }
  const probeAt = state.now + coolDownMs;
  worker.recovery = { probeAt, coolDownMs, phase: 'cooling-down', run: undefined };
  armProbe(state, worker);
  state.changed?.add(worker);
}
