import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { Needs, type Need } from './needs.js';

/**
 * Workers of which the run needs one that waits: what is in its way awaits it, or awaits what needs it, and so on.
 *
 * @param isForDependency what its dependencies have begun is let through anyway
 */
export function neededWorkers(
  state: SchedulerState,
  run: Run,
  isForDependency: boolean,
): ReadonlySet<WorkerState> {
  const needs = new Needs(state);
  const needed = new Set<WorkerState>();
  const found = new Set<Need>([run]);
  for (const one of found) {
    const isLetThrough = one === run && isForDependency;
    for (const next of 'oneOf' in one ? one.oneOf : needs.of(one)) {
      const worker = isLetThrough ? undefined : workerToStart(next);
      if (worker !== undefined) {
        // Without dependencies, all that wait need the same: of thousands, one is enough.
        if (worker.dependencies.length === 0 && needed.has(worker)) continue;
        needed.add(worker);
      }
      found.add(next);
    }
  }
  return needed;
}

function workerToStart(need: Need): WorkerState | undefined {
  if ('oneOf' in need || 'run' in need) return undefined;
  if (!('worker' in need)) return need;
  return need.current === undefined ? need.worker : undefined;
}
