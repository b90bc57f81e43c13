import type { ModelAttempt, ModelRun, ModelState, ModelWorker } from './model-state.js';

/** The reason codes of all gates that hold the run back, in their order. */
export function holdsOf(state: ModelState, run: ModelRun): string[] {
  const own = [...gates1to4(state, run), ...gates5to7(state, run)];
  return isReserved(state, run) ? [...own, 'RESERVED'] : own;
}

export function gates1to4(state: ModelState, run: ModelRun): string[] {
  return [...gate1(state), ...gates2to4(state, run)];
}

function gate1(state: ModelState): string[] {
  if (state.isDraining) return ['DRAINING'];
  if (state.isPaused) return ['PAUSED'];
  return state.isCutOff ? ['ENGINE_UNAVAILABLE'] : [];
}

function gates2to4(state: ModelState, run: ModelRun): string[] {
  const { worker } = run;
  const reasons: string[] = [];
  if (worker.off !== undefined && !mayProbe(state, run)) {
    reasons.push(worker.off.by === 'failures' ? 'CIRCUIT_OPEN' : 'DISABLED');
  } else if (worker.isPaused) reasons.push('PAUSED');
  if (state.holders(worker) >= worker.definition.concurrency) reasons.push('ALREADY_RUNNING');
  const isSatisfied = worker.definition.dependsOn.every(({ worker: on, condition }) =>
    dependencyHolds(state, run, state.workers.get(on)!, condition),
  );
  if (!isSatisfied) reasons.push('DEPENDENCY');
  return reasons;
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
  if (condition === 'finished') return on.lastEnd !== undefined;
  if (on.lastEnd !== 'succeeded') return false;
  return condition !== 'fresh' || run.attempts > 0 || on.lastSuccess > run.worker.lastStart;
}

// Order

export function outranks(state: ModelState, one: ModelRun, other: ModelRun): boolean {
  const [a, b] = [rank(state, one), rank(state, other)];
  const index = a.findIndex((value, place) => value !== b[place]);
  return index >= 0 && a[index]! < b[index]!;
}

/** Effective priority, due, registration: the lower goes first. */
function rank({ now, limits }: ModelState, run: ModelRun): number[] {
  const effective = run.priority + Math.floor((now - run.dueAt) / limits.agingStepMs);
  const isContinuous = run.worker.definition.schedule.kind === 'continuous';
  return [
    -effective,
    run.dueAt,
    // At the back of its priority.
    isContinuous ? run.sequence : 0,
    run.worker.order,
    run.sequence,
  ];
}

function best(state: ModelState, runs: readonly ModelRun[]): ModelRun | undefined {
  return runs.find((run) => runs.every((other) => run === other || outranks(state, run, other)));
}

// Reservation

/** The run that outranks all that their own gates let through, where others are in its way. */
function reserver(state: ModelState): ModelRun | undefined {
  const contenders = waiting(state).filter(
    (run) => gates2to4(state, run).length === 0 && !isStuck(state, run),
  );
  const first = best(state, contenders);
  return first !== undefined && gates5to7(state, first).length > 0 ? first : undefined;
}

/** An abandoned attempt has to end first, which it may never do. */
function isStuck(state: ModelState, { worker }: ModelRun): boolean {
  const holders = allHolders(state);
  const isAbandoned = ({ phase }: ModelAttempt): boolean => phase === 'abandoned';
  const full = worker.definition.groups.filter((group) => freePlaces(state, group) <= 0);
  return (
    holders.some((holder) => isAbandoned(holder) && conflict(worker, holder.run.worker)) ||
    full.some((group) =>
      holders.filter(({ run }) => run.worker.definition.groups.includes(group)).every(isAbandoned),
    )
  );
}

function isReserved(state: ModelState, run: ModelRun): boolean {
  const by = reserver(state);
  if (by === undefined || by.worker === run.worker || !outranks(state, by, run)) return false;
  const isAwaited = state.awaits.some(
    ({ awaited }) => state.runs.get(awaited)?.worker === run.worker,
  );
  return !isAwaited && standsInTheWay(state, by.worker, run.worker);
}

function standsInTheWay(state: ModelState, reserving: ModelWorker, other: ModelWorker): boolean {
  const { dependsOn, groups } = reserving.definition;
  return (
    conflict(reserving, other) ||
    dependsOn.some(({ worker }) => worker === other.definition.name) ||
    groups.some((group) => freePlaces(state, group) <= 1 && other.definition.groups.includes(group))
  );
}

// Choice

export function waiting(state: ModelState): ModelRun[] {
  return [...state.runs.values()].filter(({ status }) => status === 'waiting');
}

/** The run that has to start now, if any may. */
export function choice(state: ModelState): ModelRun | undefined {
  return best(
    state,
    waiting(state).filter((run) => gate1(state).length === 0 && holdsOf(state, run).length === 0),
  );
}
