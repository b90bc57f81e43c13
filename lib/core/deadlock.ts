import { areInConflict } from './admission/conflict-gate.js';
import { allHolds } from './admission/gates.js';
import { freePlaces } from './admission/group-gate.js';
import { stopAwaiting } from './awaiting.js';
import type { Attempt, Run, SchedulerState, WorkerState } from './state/scheduler-state.js';

/** One of these runs has to end, for the run that needs it to be able to. */
type Need = readonly Run[];

/** Tells each run that waits for another inside its own, where neither can end before the other. */
export function findDeadlocks(state: SchedulerState): void {
  // The newest wait closes the circle: those before it were right to begin.
  for (const [waiter, awaited] of [...state.awaiting].reverse()) {
    for (const run of [...awaited].reverse()) {
      const chain = chainBack(state, run, waiter);
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

/** From the awaited run to the waiter along runs that cannot end; `undefined` where it is not the waiter's fault. */
function chainBack(state: SchedulerState, awaited: Run, waiter: Run): Run[] | undefined {
  const needs = needsFrom(state, awaited);
  if (!needs.has(waiter)) return undefined;
  const free = runsThatCanEnd(needs);
  if (free.has(awaited)) return undefined;

  const cameFrom = new Map<Run, Run | undefined>([[awaited, undefined]]);
  for (const run of cameFrom.keys()) {
    if (run === waiter) return pathTo(run, cameFrom);
    for (const next of (needs.get(run) ?? []).flat()) {
      if (!free.has(next) && !cameFrom.has(next)) cameFrom.set(next, run);
    }
  }
  return undefined;
}

function pathTo(last: Run, cameFrom: ReadonlyMap<Run, Run | undefined>): Run[] {
  const path: Run[] = [];
  for (let run: Run | undefined = last; run !== undefined; run = cameFrom.get(run)) {
    path.unshift(run);
  }
  return path;
}

/** What the run needs to end, and what those need, and so on. */
function needsFrom(state: SchedulerState, first: Run): Map<Run, readonly Need[]> {
  const needs = new Map<Run, readonly Need[]>();
  const found = new Set([first]);
  for (const run of found) {
    const own = needsOf(state, run);
    needs.set(run, own);
    for (const next of own.flat()) found.add(next);
  }
  return needs;
}

/** Those that can, without anybody's help; then those that need only them; and so on. */
function runsThatCanEnd(needs: ReadonlyMap<Run, readonly Need[]>): Set<Run> {
  const free = new Set<Run>();
  let before: number;
  do {
    before = free.size;
    for (const [run, own] of needs) {
      if (own.every((need) => need.some((each) => free.has(each)))) free.add(run);
    }
  } while (free.size > before);
  return free;
}

function needsOf(state: SchedulerState, run: Run): readonly Need[] {
  if (state.attempts.has(run.id)) return all(state.awaiting.get(run) ?? []);
  if (run.status !== 'waiting' && run.status !== 'backing-off') return [];
  const { worker } = run;
  return allHolds(state, run).flatMap(({ reason }): readonly Need[] => {
    switch (reason) {
      case 'ALREADY_RUNNING':
        return [holdersOf(worker)];
      case 'DEPENDENCY':
        return all(worker.dependencies.flatMap(({ on }) => inTheWayOf(state, run, on)));
      case 'BLOCKED':
        return all(
          [...state.runningWorkers]
            .filter((other) => areInConflict(worker, other))
            .flatMap(holdersOf),
        );
      case 'GROUP_FULL':
        return worker.groups
          .filter((group) => freePlaces(group) <= 0)
          .map((group) => runsOf(group.holders));
      case 'CAPACITY':
        return [[...state.runningWorkers].flatMap(holdersOf)];
      case 'RESERVED': {
        const reserving = state.reservation?.by.contender.run;
        return reserving === undefined ? [] : [[reserving]];
      }
      default:
        // An operator can end these.
        return [];
    }
  });
}

function all(runs: Iterable<Run>): readonly Need[] {
  return [...runs].map((run) => [run]);
}

/** The dependency's runs that the dependent has to see the end of. */
function inTheWayOf(state: SchedulerState, { dueAt }: Run, on: WorkerState): Run[] {
  const isOff = on.disabled !== undefined || on.isPaused;
  const waiting = isOff ? [] : on.pending.heads(state.now).flatMap(({ run }) => run ?? []);
  return [...holdersOf(on), ...on.backingOff, ...waiting.filter((other) => other.dueAt <= dueAt)];
}

function holdersOf(worker: WorkerState): Run[] {
  return runsOf(worker.attempts);
}

function runsOf(attempts: Iterable<Attempt>): Run[] {
  return [...attempts].filter(({ holdsPlace }) => holdsPlace).map(({ run }) => run);
}
