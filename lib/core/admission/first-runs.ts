import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

/**
 * Those of the worker's waiting runs that may be next, best first: the first of each base priority, and a probe, which
 * may start while the others before it may not.
 */
export function firstRuns({ now }: SchedulerState, { pending, recovery }: WorkerState): Run[] {
  const first = pending.firsts(now);
  const probe = recovery?.run;
  if (probe?.status === 'waiting' && !first.includes(probe)) first.push(probe);
  return first;
}
