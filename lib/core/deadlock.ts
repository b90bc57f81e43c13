import { firstRuns } from './admission/first-runs.js';
import { Needs, type Need, type Party } from './admission/needs.js';
import { stopAwaiting } from './awaiting.js';
import type { Run, SchedulerState } from './state/scheduler-state.js';

interface Deadlock {
  readonly waiter: Run;
  readonly awaited: Run;
  /** From the awaited run to the waiter. */
  readonly chain: readonly Party[];
}

/**
 * Tells each run that waits for another inside its own, where neither can end before the other.
 *
 * Such a circle closes with its last link: a new wait, or a dependency that needs something else. So it is looked for
 * from what is in doubt, and no further than that needs.
 */
export function findDeadlocks(state: SchedulerState): void {
  const first = inDoubt(state);
  let found: Deadlock | undefined;
  while ((found = newestDeadlock(state, first)) !== undefined) {
    const { waiter, awaited, chain } = found;
    stopAwaiting(state, waiter, awaited);
    state.effects.push({
      type: 'deadlock',
      waiter: waiter.id,
      awaited: awaited.id,
      chain: [waiter, ...chain].map(nameOf),
    });
  }
  state.doubtful.clear();
}

/** Of a worker, its next run and those that wait. */
function inDoubt(state: SchedulerState): Party[] {
  return [...state.doubtful].flatMap((party) =>
    'worker' in party ? [party] : [party, ...firstRuns(state, party)],
  );
}

function newestDeadlock(state: SchedulerState, first: readonly Party[]): Deadlock | undefined {
  const needs = new Needs(state);
  const stuck = stuckAmong(first, needs);
  if (stuck.size === 0) return undefined;
  // The newest wait closes the circle: those before it were right to begin.
  for (const [waiter, runs] of [...state.awaiting].reverse()) {
    if (!stuck.has(waiter)) continue;
    const all = [...runs].reverse();
    const chain = chainBack(waiter, all, stuck, needs);
    const awaited = all.find((run) => run === chain?.[0]);
    if (chain !== undefined && awaited !== undefined) return { waiter, awaited, chain };
  }
  return undefined;
}

/**
 * Of these and of all that they need, those that can never end, as each needs another of them: what is left without
 * those that need nothing, those that need only these, and so on.
 */
function stuckAmong(first: readonly Party[], needs: Needs): Set<Need> {
  const stuck = new Set<Need>(first);
  const missing = new Map<Need, number>();
  const neededBy = new Map<Need, Need[]>();
  const free: Need[] = [];
  for (const one of stuck) {
    const own = [...needsOf(one, needs)];
    if (own.length === 0) free.push(one);
    missing.set(one, 'oneOf' in one ? 1 : own.length);
    for (const need of own) {
      stuck.add(need);
      const others = neededBy.get(need);
      if (others === undefined) neededBy.set(need, [one]);
      else others.push(one);
    }
  }
  for (const one of free) {
    stuck.delete(one);
    for (const other of neededBy.get(one) ?? []) {
      const left = (missing.get(other) ?? 0) - 1;
      missing.set(other, left);
      if (left === 0) free.push(other);
    }
  }
  return stuck;
}

/** The shortest way from one of the awaited runs to the waiter along those that are stuck, if there is any. */
function chainBack(
  waiter: Run,
  awaited: readonly Run[],
  stuck: ReadonlySet<Need>,
  needs: Needs,
): Party[] | undefined {
  const cameFrom = new Map<Need, Need | undefined>();
  for (const run of awaited) if (stuck.has(run)) cameFrom.set(run, undefined);
  for (const one of cameFrom.keys()) {
    if (one === waiter) return pathTo(one, cameFrom);
    for (const next of needsOf(one, needs)) {
      if (stuck.has(next) && !cameFrom.has(next)) cameFrom.set(next, one);
    }
  }
  return undefined;
}

function pathTo(last: Need, cameFrom: ReadonlyMap<Need, Need | undefined>): Party[] {
  const path: Party[] = [];
  for (let one: Need | undefined = last; one !== undefined; one = cameFrom.get(one)) {
    if (!('oneOf' in one)) path.push(one);
  }
  return path.reverse();
}

function needsOf(one: Need, needs: Needs): Iterable<Need> {
  return 'oneOf' in one ? one.oneOf : needs.of(one);
}

function nameOf(party: Party): string {
  if ('run' in party) return party.run.worker.definition.name;
  return ('worker' in party ? party.worker : party).definition.name;
}
