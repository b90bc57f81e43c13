import type { Run, SchedulerState, WorkerState } from './state/scheduler-state.js';

/*
 * Runs that wait, inside their own function, for the end of others.
 */

export function beginAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  const others = state.awaiting.get(waiter) ?? new Set();
  // Whoever has begun another wait is the newest again.
  state.awaiting.delete(waiter);
  state.awaiting.set(waiter, others.add(awaited));
  (awaited.awaitedBy ??= new Set()).add(waiter);
  doubt(state, awaited);
}

export function stopAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  if (awaited.awaitedBy?.delete(waiter) !== true) return;
  const others = state.awaiting.get(waiter);
  others?.delete(awaited);
  if (others?.size === 0) state.awaiting.delete(waiter);
}

/** Its function has ended, or was told to. */
export function stopAwaitingOthers(state: SchedulerState, waiter: Run): void {
  for (const awaited of state.awaiting.get(waiter) ?? []) stopAwaiting(state, waiter, awaited);
}

/** What they wait for has come. */
export function releaseAwaiters(state: SchedulerState, awaited: Run): void {
  for (const waiter of awaited.awaitedBy ?? []) stopAwaiting(state, waiter, awaited);
}

/** Somebody may need it anew, or it needs something else: whether it can end is asked before the step ends. */
export function doubt(state: SchedulerState, party: Run | WorkerState): void {
  // As long as nobody waits inside a run, everyone can end.
  if (state.awaiting.size > 0) state.doubtful.add(party);
}

/** Whom anybody needs may have changed. */
export function doubtAllAwaited(state: SchedulerState): void {
  for (const runs of state.awaiting.values()) for (const run of runs) doubt(state, run);
}
