import { needsOf, withAllThatTheyNeed, type Party } from './model-needs.js';
import type { ModelState } from './model-state.js';

type Wait = ModelState['awaits'][number];

/** A run that waits inside its own for one that cannot end before it does: nobody may be left to. */
export function waitCircle(state: ModelState): string | undefined {
  const wait = state.awaits.find((each) => isInCircle(state, each));
  return wait && `${wait.waiter} waits for ${wait.awaited} in vain`;
}

/** Whether the awaited run can never end, because of the waiter. */
export function isInCircle(state: ModelState, { waiter, awaited }: Wait): boolean {
  const [one, other] = [state.runs.get(waiter), state.runs.get(awaited)];
  if (one === undefined || other === undefined) return false;
  const stuck = stuckAmong(state, withAllThatTheyNeed(state, [other]));
  const reached = new Set<Party>(stuck.has(other) ? [other] : []);
  for (const party of reached) {
    for (const choice of needsOf(state, party)) {
      if (choice.every((each) => stuck.has(each))) for (const each of choice) reached.add(each);
    }
  }
  return reached.has(one);
}

/** Those that are left when all have gone that can, be it after others. */
function stuckAmong(state: ModelState, parties: ReadonlySet<Party>): Set<Party> {
  const stuck = new Set(parties);
  let before: number;
  do {
    before = stuck.size;
    for (const party of stuck) {
      const canEnd = needsOf(state, party).every((choice) =>
        choice.some((each) => !stuck.has(each)),
      );
      if (canEnd) stuck.delete(party);
    }
  } while (stuck.size < before);
  return stuck;
}
