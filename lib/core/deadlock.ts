import { stopAwaiting } from './awaiting.js';
import { needsOf, type Need, type Party } from './needs.js';
import type { Run, SchedulerState } from './state/scheduler-state.js';

interface Deadlock {
  readonly waiter: Run;
  readonly awaited: Run;
  /** From the awaited run to the waiter. */
  readonly chain: readonly Party[];
}

/** Tells each run that waits for another inside its own, where neither can end before the other. */
export function findDeadlocks(state: SchedulerState): void {
  for (let found = newestDeadlock(state); found !== undefined; found = newestDeadlock(state)) {
    const { waiter, awaited, chain } = found;
    stopAwaiting(state, waiter, awaited);
    state.effects.push({
      type: 'deadlock',
      waiter: waiter.id,
      awaited: awaited.id,
      chain: [waiter, ...chain].map(nameOf),
    });
  }
}

function newestDeadlock(state: SchedulerState): Deadlock | undefined {
  const waits = [...state.awaiting].flatMap(([waiter, runs]) =>
    [...runs].map((awaited) => ({ waiter, awaited })),
  );
  const needs = needsFrom(
    state,
    waits.map(({ awaited }) => awaited),
  );
  const free = partiesThatCanEnd(needs);
  // The newest wait closes the circle: those before it were right to begin.
  for (const { waiter, awaited } of waits.reverse()) {
    const chain = free.has(awaited) ? undefined : chainBack(awaited, waiter, needs, free);
    if (chain !== undefined) return { waiter, awaited, chain };
  }
  return undefined;
}

/** From the awaited run to the waiter along those that cannot end; `undefined` where it is not the waiter's fault. */
function chainBack(
  awaited: Run,
  waiter: Run,
  needs: ReadonlyMap<Party, readonly Need[]>,
  free: ReadonlySet<Party>,
): Party[] | undefined {
  const cameFrom = new Map<Party, Party | undefined>([[awaited, undefined]]);
  for (const party of cameFrom.keys()) {
    if (party === waiter) return pathTo(party, cameFrom);
    for (const next of (needs.get(party) ?? []).flat()) {
      if (!free.has(next) && !cameFrom.has(next)) cameFrom.set(next, party);
    }
  }
  return undefined;
}

function pathTo(last: Party, cameFrom: ReadonlyMap<Party, Party | undefined>): Party[] {
  const path: Party[] = [];
  for (let party: Party | undefined = last; party !== undefined; party = cameFrom.get(party)) {
    path.unshift(party);
  }
  return path;
}

/** What they need to end, and what those need, and so on. */
function needsFrom(state: SchedulerState, first: readonly Party[]): Map<Party, readonly Need[]> {
  const needs = new Map<Party, readonly Need[]>();
  const found = new Set(first);
  for (const party of found) {
    const own = needsOf(state, party);
    needs.set(party, own);
    for (const next of own.flat()) found.add(next);
  }
  return needs;
}

/** Those that can, without anybody's help; then those that need only them; and so on. */
function partiesThatCanEnd(needs: ReadonlyMap<Party, readonly Need[]>): Set<Party> {
  const free = new Set<Party>();
  let before: number;
  do {
    before = free.size;
    for (const [party, own] of needs) {
      if (own.every((need) => need.some((each) => free.has(each)))) free.add(party);
    }
  } while (free.size > before);
  return free;
}

function nameOf(party: Party): string {
  return ('worker' in party ? party.worker : party).definition.name;
}
