import { allHolds } from './admission/gates.js';
import { areInConflict } from './admission/conflict-gate.js';
import { freePlaces } from './admission/group-gate.js';
import type { Hold } from './state/hold.js';
import type { Attempt, Run, SchedulerState, WorkerState } from './state/scheduler-state.js';

/** Tells each run that waits for another inside its own whether that wait can end. */
export function findDeadlocks(state: SchedulerState): void {
  for (const [waiter, awaited] of state.awaiting) {
    for (const run of awaited) {
      const chain = whyStuck(state, run, [waiter]);
      if (chain === undefined) continue;
      stopAwaiting(state, waiter, run);
      state.effects.push({
        type: 'deadlock',
        waiter: waiter.id,
        awaited: run.id,
        chain: [waiter, ...chain].map((each) => each.worker.definition.name),
      });
    }
  }
}

export function beginAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  const others = state.awaiting.get(waiter) ?? new Set();
  state.awaiting.set(waiter, others.add(awaited));
  awaited.awaitedBy = (awaited.awaitedBy ?? new Set()).add(waiter);
}

export function stopAwaiting(state: SchedulerState, waiter: Run, awaited: Run): void {
  awaited.awaitedBy?.delete(waiter);
  const others = state.awaiting.get(waiter);
  others?.delete(awaited);
  if (others?.size === 0) state.awaiting.delete(waiter);
}

/** The runs from this one back to one on the path, if it cannot end before that one does. */
function whyStuck(state: SchedulerState, run: Run, path: readonly Run[]): Run[] | undefined {
  if (path.includes(run)) return [run];
  const further = [...path, run];
  if (state.attempts.has(run.id)) {
    return prefixed(run, firstStuck(state, state.awaiting.get(run) ?? [], further));
  }
  if (run.status !== 'waiting' && run.status !== 'backing-off') return undefined;
  for (const hold of allHolds(state, run)) {
    const chain = whyHoldStays(state, run, hold, further);
    if (chain !== undefined) return [run, ...chain];
  }
  return undefined;
}

function whyHoldStays(
  state: SchedulerState,
  { worker }: Run,
  { reason }: Hold,
  path: readonly Run[],
): Run[] | undefined {
  switch (reason) {
    case 'ALREADY_RUNNING':
      return allStuck(state, holdersOf(worker), path);
    case 'DEPENDENCY':
      return firstStuck(state, worker.dependencies.flatMap(({ on }) => unendedOf(on)), path);
    case 'BLOCKED':
      return firstStuck(
        state,
        [...state.runningWorkers].filter((other) => areInConflict(worker, other)).flatMap(holdersOf),
        path,
      );
    case 'GROUP_FULL': {
      const full = worker.groups.find((group) => freePlaces(group) <= 0);
      return allStuck(state, runsOf(full?.holders ?? []), path);
    }
    case 'CAPACITY':
      return allStuck(state, [...state.runningWorkers].flatMap(holdersOf), path);
    case 'RESERVED': {
      const reserving = state.reservation?.by.contender.run;
      return firstStuck(state, reserving === undefined ? [] : [reserving], path);
    }
    default:
      // An operator can end these.
      return undefined;
  }
}

/** One of them has to end for the wait to go on: stuck if none can. */
function allStuck(
  state: SchedulerState,
  runs: readonly Run[],
  path: readonly Run[],
): Run[] | undefined {
  const chains = runs.map((run) => whyStuck(state, run, path));
  return chains.every((chain) => chain !== undefined) ? chains[0] : undefined;
}

/** All of them have to end: stuck if one cannot. */
function firstStuck(
  state: SchedulerState,
  runs: Iterable<Run>,
  path: readonly Run[],
): Run[] | undefined {
  for (const run of runs) {
    const chain = whyStuck(state, run, path);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function prefixed(run: Run, chain: Run[] | undefined): Run[] | undefined {
  return chain && [run, ...chain];
}

function runsOf(attempts: Iterable<Attempt>): Run[] {
  return [...attempts].filter(({ holdsPlace }) => holdsPlace).map(({ run }) => run);
}

function holdersOf(worker: WorkerState): Run[] {
  return runsOf(worker.attempts);
}

function unendedOf(worker: WorkerState): Run[] {
  return [...holdersOf(worker), ...worker.backingOff];
}
