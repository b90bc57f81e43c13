import type { ModelRun, ModelState, ModelWorker } from './model-state.js';

const LONGEST_FACTOR = 8;

/** What the end of a run means for its worker. @returns whether it is disabled by it */
export function endRun(state: ModelState, run: ModelRun, status: string): boolean {
  const { worker } = run;
  run.status = 'ended';
  state.ticks++;
  forget(state, run.id);
  if (status !== 'skipped') worker.lastEnd = status;
  if (status === 'succeeded') worker.lastSuccess = state.ticks;
  return countEnding(state, run, status);
}

function countEnding(state: ModelState, run: ModelRun, status: string): boolean {
  const { worker } = run;
  const wasProbe = worker.off?.probe === run;
  if (status === 'succeeded') {
    worker.failures = 0;
    if (wasProbe) worker.off = undefined;
    return false;
  }
  if (status === 'cancelled' || status === 'skipped') {
    if (wasProbe || hasLostItsProbe(state, worker)) coolDown(state, worker, 1);
    return false;
  }
  worker.failures++;
  if (wasProbe) coolDown(state, worker, 2);
  return wasProbe ? false : disableIfUnfit(state, worker);
}

function disableIfUnfit(state: ModelState, worker: ModelWorker): boolean {
  const { maxConsecutiveFailures, autoEnableAfterMs } = worker.definition;
  if (maxConsecutiveFailures === 0 || worker.off !== undefined) return false;
  if (worker.failures < maxConsecutiveFailures) return false;
  worker.off = {
    by: 'failures',
    coolDownMs: autoEnableAfterMs ?? 0,
    probeAt: autoEnableAfterMs === undefined ? undefined : state.now + autoEnableAfterMs,
    probe: undefined,
    isDue: false,
  };
  return true;
}

function coolDown(state: ModelState, { off, definition }: ModelWorker, factor: number): void {
  if (off === undefined) return;
  const longest = (definition.autoEnableAfterMs ?? 0) * LONGEST_FACTOR;
  off.coolDownMs = Math.min(off.coolDownMs * factor, longest);
  off.probeAt = state.now + off.coolDownMs;
  off.probe = undefined;
  off.isDue = false;
}

/** It was to be probed, and nothing is left that could be the probe. */
function hasLostItsProbe(state: ModelState, worker: ModelWorker): boolean {
  return (
    worker.off?.isDue === true &&
    worker.off.probe === undefined &&
    worker.definition.schedule.kind !== 'triggered' &&
    state.runsOf(worker, 'waiting').length === 0
  );
}

/** Nobody waits for this run any more, nor it for anybody. */
export function forget(state: ModelState, runId: string): void {
  const kept = state.awaits.filter(({ waiter, awaited }) => waiter !== runId && awaited !== runId);
  state.awaits.splice(0, state.awaits.length, ...kept);
}

/** Its function has ended. */
export function stopWaiting(state: ModelState, waiterId: string): void {
  const kept = state.awaits.filter(({ waiter }) => waiter !== waiterId);
  state.awaits.splice(0, state.awaits.length, ...kept);
}
