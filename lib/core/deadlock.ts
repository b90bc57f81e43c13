import { stopAwaiting } from './awaiting.js';
import { needsOf, type Need, type Party } from './needs.js';
import type { Run, SchedulerState } from './state/scheduler-state.js';

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
        chain: [waiter, ...chain].map(nameOf),
      });
    }
  }
}

/** From the awaited run to the waiter along those that cannot end; `undefined` where it is not the waiter's fault. */
function chainBack(state: SchedulerState, awaited: Run, waiter: Run): Party[] | undefined {
  const needs = needsFrom(state, awaited);
  if (!needs.has(waiter)) return undefined;
  const free = partiesThatCanEnd(needs);
  if (free.has(awaited)) return undefined;

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

/** What it needs to end, and what those need, and so on. */
function needsFrom(state: SchedulerState, first: Party): Map<Party, readonly Need[]> {
  const needs = new Map<Party, readonly Need[]>();
  const found = new Set([first]);
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
