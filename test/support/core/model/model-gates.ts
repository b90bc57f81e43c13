import type { WorkerDefinition } from '../../../../lib/core/definition/worker-definition.js';
import type { ModelAttempt, ModelRun, ModelState, ModelWorker } from './model-state.js';

export function gates1to4(state: ModelState, run: ModelRun): string[] {
  return [...gate1(state), ...gates2to4(state, run)];
}

export function gate1(state: ModelState): string[] {
  if (state.isDraining) return ['DRAINING'];
  if (state.isPaused) return ['PAUSED'];
  return state.isCutOff ? ['ENGINE_UNAVAILABLE'] : [];
}

export function gates2to4(state: ModelState, run: ModelRun): string[] {
  const { worker } = run;
  const reasons: string[] = [];
  if (worker.off !== undefined && !mayProbe(state, run)) {
    reasons.push(worker.off.by === 'failures' ? 'CIRCUIT_OPEN' : 'DISABLED');
  } else if (worker.isPaused) reasons.push('PAUSED');
  if (state.holders(worker) >= worker.definition.concurrency) reasons.push('ALREADY_RUNNING');
  if (missing(state, run).length > 0) reasons.push('DEPENDENCY');
  return reasons;
}

/** The dependencies that are not satisfied. */
function missing(state: ModelState, run: ModelRun): WorkerDefinition['dependsOn'] {
  return run.worker.definition.dependsOn.filter(
    ({ worker: on, condition }) => !dependencyHolds(state, run, state.workers.get(on)!, condition),
  );
}

/** Nothing but its dependencies' being at work keeps it from competing with others. */
export function waitsForWork(state: ModelState, run: ModelRun): boolean {
  const isAtWork = ({
    worker: name,
    condition,
  }: WorkerDefinition['dependsOn'][number]): boolean => {
    const on = state.workers.get(name)!;
    const isBackingOff = condition !== 'idle' && state.runsOf(on, 'backing-off').length > 0;
    return state.holders(on) > 0 || isBackingOff;
  };
  const isOnlyDependency = gates2to4(state, run).every((reason) => reason === 'DEPENDENCY');
  return isOnlyDependency && missing(state, run).length > 0 && missing(state, run).every(isAtWork);
}

export function gates5to7(state: ModelState, { worker }: ModelRun): string[] {
  const reasons: string[] = [];
  const others = [...state.workers.values()].filter((other) => other !== worker);
  if (others.some((other) => conflict(worker, other) && state.holders(other) > 0)) {
    reasons.push('BLOCKED');
  }
  if (worker.definition.groups.some((group) => freePlaces(state, group) <= 0)) {
    reasons.push('GROUP_FULL');
  }
  if (allHolders(state).length >= state.limits.maxConcurrentWorkers) reasons.push('CAPACITY');
  return reasons;
}

export function allHolders(state: ModelState): ModelAttempt[] {
  return [...state.workers.values()].flatMap(({ attempts }) =>
    [...attempts].filter(({ holds }) => holds),
  );
}

export function conflict(one: ModelWorker, other: ModelWorker): boolean {
  return one !== other && (blocks(one, other) || blocks(other, one));
}

function blocks({ definition: { blocks: targets } }: ModelWorker, other: ModelWorker): boolean {
  const { name, tags } = other.definition;
  return targets.some(
    (target) => target === '*' || target === name || tags.some((tag) => target === `tag:${tag}`),
  );
}

export function freePlaces(state: ModelState, group: string): number {
  const used = allHolders(state).filter(({ run }) => run.worker.definition.groups.includes(group));
  return state.limits.groups.get(group)! - used.length;
}

function mayProbe({ now }: ModelState, run: ModelRun): boolean {
  const { off } = run.worker;
  if (off?.probeAt === undefined) return false;
  return off.probe === undefined ? now >= off.probeAt : off.probe === run;
}

function dependencyHolds(
  state: ModelState,
  run: ModelRun,
  on: ModelWorker,
  condition: string,
): boolean {
  if (state.holders(on) > 0) return false;
  if (condition === 'idle') return true;
  if (state.runsOf(on, 'backing-off').length > 0) return false;
  const isOff = on.off !== undefined || on.isPaused;
  if (!isOff && state.runsOf(on, 'waiting').some(({ dueAt }) => dueAt <= run.dueAt)) return false;
  return isDone(on, condition, run.worker, run.attempts === 0);
}

/** Whether the latest end of a dependency at rest is what its dependent needs. */
export function isDone(
  on: ModelWorker,
  condition: string,
  dependent: ModelWorker,
  isFirstAttempt: boolean,
): boolean {
  if (condition === 'idle') return true;
  if (condition === 'finished') return on.lastEnd !== undefined;
  if (on.lastEnd !== 'succeeded') return false;
  return condition !== 'fresh' || !isFirstAttempt || on.lastSuccess > dependent.lastStart;
}
