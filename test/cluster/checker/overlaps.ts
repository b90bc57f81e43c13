import { nameOf, overlap, type Attempt } from '../history/attempts.js';
import type { History } from '../history/history.js';
import { mayBeLost } from '../history/excuses.js';
import { conflictsOf } from '../plan.js';
import { violation, type Check, type Violation } from './check.js';

/** Two attempts that should not have been live at once, by their start. */
interface Overlap {
  readonly earlier: Attempt;
  readonly later: Attempt;
}

/** C1. */
export const noConflictsOverlap: Check = {
  id: 'C1',
  says: 'no two attempts of conflicting workers overlap',
  violations: (history) => conflictOverlaps(history).map((one) => judged(history, one)),
};

/** C2. */
export const limitsHold: Check = {
  id: 'C2',
  says: 'concurrency, groups and the global limit hold',
  violations: (history) => limitsOf(history).flatMap((limit) => excesses(history, limit)),
};

/** C3. */
export const tailsAreAborted: Check = {
  id: 'C3',
  says: 'the tail of a lost attempt is aborted before its third sign of life, and its run ends in one way',
  violations: (history) => [
    ...conflictOverlaps(history)
      .filter((one) => judged(history, one).isExcused)
      .flatMap(({ earlier, later }) => outlivedSigns(history, earlier, later)),
    ...contradictoryEnds(history),
  ],
};

export function conflictOverlaps({ plan, attempts }: History): Overlap[] {
  const pairs = conflictsOf(plan);
  return pairs.flatMap(([one, other]) =>
    overlapsIn(attempts.filter(({ worker }) => worker === one || worker === other)).filter(
      ({ earlier, later }) => earlier.worker !== later.worker,
    ),
  );
}

function overlapsIn(attempts: readonly Attempt[]): Overlap[] {
  return attempts.flatMap((later, index) =>
    attempts
      .slice(0, index)
      .filter((earlier) => overlap(earlier, later))
      .map((earlier) => ({ earlier, later })),
  );
}

function judged(history: History, { earlier, later }: Overlap): Violation {
  const { at } = later.from;
  const isExcused = mayBeLost(history, earlier, at) || mayBeLost(history, later, at);
  return violation(at, `${nameOf(later)} began while ${nameOf(earlier)} was live`, isExcused);
}

interface Limit {
  readonly what: string;
  readonly most: number;
  includes(attempt: Attempt): boolean;
}

function limitsOf({ plan }: History): Limit[] {
  return [
    ...plan.workers.map(({ name, concurrency = 1 }) => ({
      what: `attempts of ${name}`,
      most: concurrency,
      includes: ({ worker }: Attempt) => worker === name,
    })),
    ...Object.entries(plan.groups).map(([group, most]) => ({
      what: `attempts in the group ${group}`,
      most,
      includes: ({ worker }: Attempt) =>
        plan.workers.some((planned) => planned.name === worker && planned.group === group),
    })),
    { what: 'attempts', most: plan.maxConcurrentWorkers, includes: () => true },
  ];
}

function excesses(history: History, { what, most, includes }: Limit): Violation[] {
  let live: Attempt[] = [];
  return history.attempts.filter(includes).flatMap((attempt) => {
    const { at, seq } = attempt.from;
    live = [...live.filter(({ to }) => to.seq > seq), attempt];
    if (live.length <= most) return [];
    const held = live.filter((one) => !mayBeLost(history, one, at));
    const names = live.map(nameOf).join(', ');
    return [violation(at, `${live.length} ${what}, not ${most}: ${names}`, held.length <= most)];
  });
}

/** The second sign of life after the other has begun, and the tail's replica is back, is its last. */
function outlivedSigns(history: History, tail: Attempt, later: Attempt): Violation[] {
  const backAt = Math.max(
    later.from.at,
    ...history.troubles
      .filter(({ of, fromAt }) => of === tail.replica && fromAt < later.from.at)
      .map(({ toAt }) => toAt),
  );
  const signs = tail.signs.filter(({ at, isAborted }) => at > backAt && !isAborted);
  return signs.length <= 2
    ? []
    : [violation(backAt, `${nameOf(tail)} went on unaborted for ${signs.length} signs`)];
}

function contradictoryEnds({ events }: History): Violation[] {
  const ends = new Map<string, string>();
  return events.flatMap((event) => {
    if (event.is !== 'final') return [];
    const { runId, worker, status, at } = event;
    const known = ends.get(runId) ?? status;
    ends.set(runId, known);
    return known === status
      ? []
      : [violation(at, `${worker} ${runId} ended ${known}, and also ${status}`)];
  });
}
