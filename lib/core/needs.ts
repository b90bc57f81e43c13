import { areInConflict } from './admission/conflict-gate.js';
import { isDone, isInTheWay } from './admission/dependency.js';
import { allHolds } from './admission/gates.js';
import { freePlaces } from './admission/group-gate.js';
import { reservingRun } from './admission/reservation.js';
import type { Attempt, Run, SchedulerState, WorkerState } from './state/scheduler-state.js';

/** A run, or whichever run of a worker comes next. */
export type Party = Run | WorkerState;

/** One of these has to end, before whoever needs it can. */
export type Need = readonly Party[];

/** Everything that the party needs as things stand. What an operator can change is no need. */
export function needsOf(state: SchedulerState, party: Party): readonly Need[] {
  return 'worker' in party ? needsOfRun(state, party) : needsOfNextRun(state, party);
}

function needsOfRun(state: SchedulerState, run: Run): readonly Need[] {
  if (run.current !== undefined) return all(state.awaiting.get(run) ?? []);
  if (run.status !== 'waiting' && run.status !== 'backing-off') return [];
  const { worker } = run;
  return allHolds(state, run).flatMap(({ reason }): readonly Need[] => {
    switch (reason) {
      case 'ALREADY_RUNNING':
        return [holdersOf(worker)];
      case 'DEPENDENCY':
        return dependencyNeeds(state, worker, run);
      case 'BLOCKED':
        return conflictNeeds(state, worker);
      case 'GROUP_FULL':
        return groupNeeds(worker);
      case 'CAPACITY':
        return [[...state.runningWorkers].flatMap(holdersOf)];
      case 'RESERVED': {
        const reserving = reservingRun(state);
        return reserving === undefined ? [] : [[reserving]];
      }
      default:
        return [];
    }
  });
}

function needsOfNextRun(state: SchedulerState, worker: WorkerState): readonly Need[] {
  if (worker.disabled !== undefined || worker.pausedAt !== undefined) return [];
  return [
    ...dependencyNeeds(state, worker, undefined),
    ...conflictNeeds(state, worker),
    ...groupNeeds(worker),
  ];
}

/** @param run the run that waits, or `undefined` for one that is not due yet */
function dependencyNeeds(
  state: SchedulerState,
  worker: WorkerState,
  run: Run | undefined,
): readonly Need[] {
  return worker.dependencies.flatMap((dependency): readonly Need[] => {
    const { on, condition } = dependency;
    const waiting = on.pending.firsts(state.now);
    const live =
      condition === 'idle'
        ? holdersOf(on)
        : [
            ...holdersOf(on),
            ...on.backingOff,
            ...waiting.filter((other) => run !== undefined && isInTheWay(other, run)),
          ];
    if (live.length > 0) return all(live);
    return isDone(dependency, worker, run) ? [] : [[on]];
  });
}

function conflictNeeds(state: SchedulerState, worker: WorkerState): readonly Need[] {
  return all(
    [...state.runningWorkers].filter((other) => areInConflict(worker, other)).flatMap(holdersOf),
  );
}

function groupNeeds({ groups }: WorkerState): readonly Need[] {
  return groups.filter((group) => freePlaces(group) <= 0).map((group) => runsOf(group.holders));
}

function all(runs: Iterable<Run>): readonly Need[] {
  return [...runs].map((run) => [run]);
}

function holdersOf(worker: WorkerState): Run[] {
  return runsOf(worker.attempts);
}

function runsOf(attempts: Iterable<Attempt>): Run[] {
  return [...attempts].filter(({ holdsPlace }) => holdsPlace).map(({ run }) => run);
}
