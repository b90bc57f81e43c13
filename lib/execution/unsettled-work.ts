import type { RunContext } from './run-context.js';

/** By the run whose attempt it belongs to, which it does not keep alive. */
const works = new WeakMap<RunContext, Set<Promise<void>>>();

/**
 * Lets the attempt go on until that work has settled as well, whatever becomes of what its body returned: of a promise
 * behind an Observable, nobody who unsubscribes hears any more.
 *
 * @returns the work, whose rejection is still the caller's to handle
 */
export function holdOpen<Work extends Promise<unknown>>(run: RunContext, work: Work): Work {
  const unsettled = works.get(run) ?? new Set();
  works.set(run, unsettled);
  const forget = (): void => void unsettled.delete(settled);
  const settled = work.then(forget, forget);
  unsettled.add(settled);
  return work;
}

/** Resolves when all of it has settled, also what was added meanwhile; `undefined` where there is none. */
export function unsettledWork(run: RunContext): Promise<void> | undefined {
  const unsettled = works.get(run);
  return unsettled === undefined || unsettled.size === 0 ? undefined : allSettled(unsettled);
}

async function allSettled(unsettled: ReadonlySet<Promise<void>>): Promise<void> {
  while (unsettled.size > 0) await Promise.all(unsettled);
}
