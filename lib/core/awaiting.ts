import type { Run, SchedulerState } from './state/scheduler-state.js';

/*
 * Runs that wait, inside their own function, for the end of others.
 */

export function beginAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  const others = state.awaiting.get(waiter) ?? new Set();
  state.awaiting.set(waiter, others.add(awaited));
  const waiters = (awaited.awaitedBy ??= new Set());
  if (waiters.size === 0) awaited.worker.awaitedRuns++;
  waiters.add(waiter);
}

export function stopAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  if (awaited.awaitedBy?.delete(waiter) !== true) return;
  if (awaited.awaitedBy.size === 0) awaited.worker.awaitedRuns--;
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
