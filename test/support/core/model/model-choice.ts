import {
  allHolders,
  conflict,
  freePlaces,
  gate1,
  gates1to4,
  gates2to4,
  gates5to7,
  waitsForWork,
} from './model-gates.js';
import { neededBy } from './model-needs.js';
import type { ModelAttempt, ModelRun, ModelState, ModelWorker } from './model-state.js';

// Order

function outranks(state: ModelState, one: ModelRun, other: ModelRun): boolean {
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

/** The run that outranks all that are held by others alone, dependencies at work among them. */
function reserver(state: ModelState): ModelRun | undefined {
  const contenders = waiting(state).filter(
    (run) =>
      (gates2to4(state, run).length === 0 || waitsForWork(state, run)) && !isStuck(state, run),
  );
  const first = best(state, contenders);
  if (first === undefined) return undefined;
  return waitsForWork(state, first) || gates5to7(state, first).length > 0 ? first : undefined;
}

/** An abandoned attempt has to end first, which it may never do. */
function isStuck(state: ModelState, { worker }: ModelRun): boolean {
  const holders = allHolders(state);
  const isAbandoned = ({ phase }: ModelAttempt): boolean => phase === 'abandoned';
  const full = worker.definition.groups.filter((group) => freePlaces(state, group) <= 0);
  const isInTheWay = ({ run }: ModelAttempt): boolean =>
    conflict(worker, run.worker) ||
    worker.definition.dependsOn.some((on) => on.worker === run.worker.definition.name);
  return (
    holders.some((holder) => isAbandoned(holder) && isInTheWay(holder)) ||
    full.some((group) =>
      holders.filter(({ run }) => run.worker.definition.groups.includes(group)).every(isAbandoned),
    )
  );
}

function isReserved(state: ModelState, run: ModelRun): boolean {
  const by = reserver(state);
  if (by === undefined || by.worker === run.worker || !outranks(state, by, run)) return false;
  const isForDependency = waitsForWork(state, by);
  if (neededBy(state, by, isForDependency).has(run.worker)) return false;
  const isDependency = by.worker.definition.dependsOn.some(
    ({ worker }) => worker === run.worker.definition.name,
  );
  // What a dependency has begun goes on, and so does what is due first.
  if (isForDependency) return isDependency && run.attempts === 0 && run.dueAt > by.dueAt;
  return isDependency || standsInTheWay(state, by.worker, run.worker);
}

function standsInTheWay(state: ModelState, reserving: ModelWorker, other: ModelWorker): boolean {
  const { groups } = reserving.definition;
  return (
    conflict(reserving, other) ||
    groups.some((group) => freePlaces(state, group) <= 1 && other.definition.groups.includes(group))
  );
}

// Choice

/** The reason codes of all gates that hold the run back, in their order. */
export function holdsOf(state: ModelState, run: ModelRun): string[] {
  const own = [...gates1to4(state, run), ...gates5to7(state, run)];
  return isReserved(state, run) ? [...own, 'RESERVED'] : own;
}

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
