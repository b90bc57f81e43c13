import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

/**
 * Those of the worker's waiting runs that may be next, best first: the first of each base priority, and a probe, which
 * may start while the others before it may not.
 */
export function firstRuns({ now }: SchedulerState, { pending, recovery }: WorkerState): Run[] {
  const first = pending.heads(now).flatMap(({ run }) => run ?? []);
  const probe = recovery?.run;
  const isBehind = probe?.status === 'waiting' && !first.includes(probe);
  return isBehind ? [...first, probe] : first;
}
