import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

type Dependency = WorkerState['dependencies'][number];

/** The first dependency that keeps the run from starting. */
export function unsatisfiedDependency(
  state: SchedulerState,
  run: Run,
): { readonly on: WorkerState; readonly why: string } | undefined {
  for (const dependency of run.worker.dependencies) {
    const why = whyUnsatisfied(state, dependency, run);
    if (why !== undefined) return { on: dependency.on, why };
  }
  return undefined;
}

export function dependencyHold(state: SchedulerState, run: Run): Hold | undefined {
  const held = unsatisfiedDependency(state, run);
  return held && { reason: 'DEPENDENCY', heldBy: held.on.definition.name, detail: held.why };
}

function whyUnsatisfied(
  state: SchedulerState,
  { on, condition }: Dependency,
  run: Run,
): string | undefined {
  if (on.running > 0) return 'it is running';
  if (condition === 'idle') return undefined;
  if (on.backingOff.size > 0) return 'it is backing off before another attempt';
  if (hasWaitingRunDueBy(state, on, run.dueAt)) return 'it is due first';
  const off = on.disabled === undefined ? '' : ', and it is disabled';
  if (on.lastEndStatus === undefined) return `it has not run yet${off}`;
  if (condition !== 'finished' && on.lastEndStatus !== 'succeeded') {
    return `its latest run ended ${on.lastEndStatus}${off}`;
  }
  // Another attempt goes on with the success that its first one started with.
  if (condition === 'fresh' && run.attempts === 0 && !hasSucceededSince(on, run.worker)) {
    return `it has not succeeded since the last start${off}`;
  }
  return undefined;
}

/** Whether its latest success ended after the dependent last started. */
export function hasSucceededSince(on: WorkerState, dependent: WorkerState): boolean {
  if (on.lastSuccessMark === undefined) return false;
  return dependent.lastStartMark === undefined || on.lastSuccessMark > dependent.lastStartMark;
}

/** Runs that cannot start by themselves, because their worker is off, do not count. */
function hasWaitingRunDueBy(state: SchedulerState, on: WorkerState, dueAt: number): boolean {
  if (on.pending.size === 0 || on.disabled !== undefined || on.isPaused) return false;
  return on.pending.heads(state.now).some(({ run }) => run !== undefined && run.dueAt <= dueAt);
}
