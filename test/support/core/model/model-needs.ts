import { allHolders, conflict, freePlaces, isDone } from './model-gates.js';
import type { ModelAttempt, ModelRun, ModelState, ModelWorker } from './model-state.js';

/** A run, whichever run of a worker comes next, or an abandoned attempt. */
export type Party = ModelRun | ModelWorker | ModelAttempt;

/** One of these has to end. */
export type Choice = readonly Party[];

/** What has to come to an end before the party can: one of each choice. What an operator can change is not asked for. */
export function needsOf(state: ModelState, party: Party): Choice[] {
  if ('run' in party) return [];
  if ('definition' in party) {
    const isOff = party.off !== undefined || party.isPaused;
    return isOff ? [] : needsToStart(state, party, undefined);
  }
  switch (party.status) {
    case 'running':
      return awaitedBy(state, party).map((run) => [run]);
    case 'ended':
      return [];
    default:
      return needsToStart(state, party.worker, party);
  }
}

/** Workers with a run that the party needs to start. @param isIndirect not what it needs itself, but what that needs */
export function neededBy(state: ModelState, party: Party, isIndirect: boolean): Set<ModelWorker> {
  const needed = [...withAllThatTheyNeed(state, [party])]
    .filter((one) => one !== party || !isIndirect)
    .flatMap((one) => needsOf(state, one).flat());
  return new Set(
    needed.flatMap((one) => {
      if ('definition' in one) return [one];
      if ('run' in one || one.status === 'running') return [];
      return [one.worker];
    }),
  );
}

export function withAllThatTheyNeed(state: ModelState, parties: readonly Party[]): Set<Party> {
  const all = new Set(parties);
  for (const party of all) for (const needed of needsOf(state, party).flat()) all.add(needed);
  return all;
}

function needsToStart(state: ModelState, worker: ModelWorker, run: ModelRun | undefined): Choice[] {
  const { concurrency, groups, dependsOn } = worker.definition;
  const holders = allHolders(state);
  const own = holders.filter((holder) => holder.run.worker === worker);
  const full = groups.filter((group) => freePlaces(state, group) <= 0);
  const choices = [
    ...(own.length >= concurrency ? [own] : []),
    ...holders.filter((holder) => conflict(worker, holder.run.worker)).map((holder) => [holder]),
    ...full.map((group) =>
      holders.filter((holder) => holder.run.worker.definition.groups.includes(group)),
    ),
    ...(holders.length >= state.limits.maxConcurrentWorkers ? [holders] : []),
  ];
  return [
    ...choices.flatMap((choice) => choiceOf(state, choice)),
    ...dependsOn.flatMap(({ worker: name, condition }) =>
      dependencyNeeds(state, worker, run, state.workers.get(name)!, condition),
    ),
  ];
}

function dependencyNeeds(
  state: ModelState,
  worker: ModelWorker,
  run: ModelRun | undefined,
  on: ModelWorker,
  condition: string,
): Choice[] {
  const holders = allHolders(state).filter((holder) => holder.run.worker === on);
  const others =
    condition === 'idle'
      ? []
      : [
          ...state.runsOf(on, 'backing-off'),
          ...(run === undefined ? [] : firstsInTheWay(state, on, run)),
        ];
  if (holders.length + others.length > 0) {
    return [
      ...holders.flatMap((holder) => choiceOf(state, [holder])),
      ...others.map((other) => [other]),
    ];
  }
  return isDone(on, condition, worker, (run?.attempts ?? 0) === 0) ? [] : [[on]];
}

/** Those behind others of their priority come to be in the way when they are the first. */
function firstsInTheWay(state: ModelState, on: ModelWorker, run: ModelRun): ModelRun[] {
  if (on.off !== undefined || on.isPaused) return [];
  const waiting = state.runsOf(on, 'waiting').filter(({ dueAt }) => dueAt <= run.dueAt);
  const isBehind = (one: ModelRun, other: ModelRun): boolean =>
    one.priority === other.priority &&
    (one.dueAt > other.dueAt || (one.dueAt === other.dueAt && one.sequence > other.sequence));
  return waiting.filter((one) => !waiting.some((other) => isBehind(one, other)));
}

/** Nothing to wait for where one of them comes to its end by itself, which an abandoned one may never do. */
function choiceOf(state: ModelState, holders: readonly ModelAttempt[]): Choice[] {
  const endsByItself = ({ phase, run }: ModelAttempt): boolean =>
    phase === 'lingering' || (phase === 'running' && awaitedBy(state, run).length === 0);
  if (holders.some(endsByItself)) return [];
  return [holders.map((holder) => (holder.phase === 'running' ? holder.run : holder))];
}

function awaitedBy(state: ModelState, run: ModelRun): ModelRun[] {
  return state.awaits.flatMap(({ waiter, awaited }) =>
    waiter === run.id ? (state.runs.get(awaited) ?? []) : [],
  );
}
