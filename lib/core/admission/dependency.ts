import type { Hold } from '../state/hold.js';
import type { Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

type Dependency = WorkerState['dependencies'][number];

export function dependencyHold(state: SchedulerState, run: Run): Hold | undefined {
  for (const dependency of run.worker.dependencies) {
    const detail = whyUnsatisfied(state, dependency, run);
    if (detail === undefined) continue;
    return { reason: 'DEPENDENCY', heldBy: dependency.on.definition.name, detail };
  }
  return undefined;
}

/** The dependencies that keep the run from starting. */
export function unsatisfiedDependencies(state: SchedulerState, run: Run): readonly Dependency[] {
  return run.worker.dependencies.filter(
    (dependency) => whyUnsatisfied(state, dependency, run) !== undefined,
  );
}

/** Whether nothing but dependencies that are at work keep it from starting: they end. */
export function waitsForWork(state: SchedulerState, run: Run): boolean {
  const unsatisfied = unsatisfiedDependencies(state, run);
  return unsatisfied.length > 0 && unsatisfied.every(isAtWork);
}

function isAtWork({ on, condition }: Dependency): boolean {
  return on.running > 0 || (condition !== 'idle' && on.backingOff.size > 0);
}

function whyUnsatisfied(
  state: SchedulerState,
  { on, condition }: Dependency,
  run: Run,
): string | undefined {
  if (on.running > 0) return 'it is running';
  if (condition === 'idle') return undefined;
  if (on.backingOff.size > 0) return 'it is backing off before another attempt';
  if (hasWaitingRunDueBy(state, run, on)) return 'it is due first';
  const undone = whyUndone({ on, condition }, run.worker, run);
  return undone && `${undone}${on.disabled === undefined ? '' : ', and it is disabled'}`;
}

/** Whether the latest end of the dependency is what its dependent needs. */
export function isDone(
  dependency: Dependency,
  dependent: WorkerState,
  run: Run | undefined,
): boolean {
  return whyUndone(dependency, dependent, run) === undefined;
}

function whyUndone(
  { on, condition }: Dependency,
  dependent: WorkerState,
  run: Run | undefined,
): string | undefined {
  if (condition === 'idle') return undefined;
  if (on.lastEndStatus === undefined) return 'it has not run yet';
  if (condition === 'finished') return undefined;
  if (on.lastEndStatus !== 'succeeded') return `its latest run ended ${on.lastEndStatus}`;
  // Another attempt goes on with the success that its first one started with.
  const isFirst = run === undefined || run.attempts === 0;
  if (condition === 'succeeded' || !isFirst || hasSucceededSince(on, dependent)) return undefined;
  return 'it has not succeeded since the last start';
}

/** Whether its latest success ended after the dependent last started. */
export function hasSucceededSince(on: WorkerState, dependent: WorkerState): boolean {
  if (on.lastSuccessMark === undefined) return false;
  return dependent.lastStartMark === undefined || on.lastSuccessMark > dependent.lastStartMark;
}

function hasWaitingRunDueBy(state: SchedulerState, run: Run, on: WorkerState): boolean {
  return (
    on.pending.size > 0 && on.pending.firsts(state.now).some((first) => isInTheWay(first, run))
  );
}

/** Whether the dependent has to wait for this waiting run; not where that cannot start, because its worker is off. */
export function isInTheWay({ worker: on, dueAt }: Run, dependent: Run): boolean {
  return on.disabled === undefined && on.pausedAt === undefined && dueAt <= dependent.dueAt;
}
