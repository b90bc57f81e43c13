import { allHolders, conflict } from './model-gates.js';
import type { ModelRun, ModelState } from './model-state.js';

/** Runs each of which needs the next to end, the last the first: nobody may be left to wait in such a circle. */
export function waitCircle(state: ModelState): readonly string[] | undefined {
  for (const { waiter } of state.awaits) {
    const circle = pathBack(state, waiter, [waiter]);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function pathBack(
  state: ModelState,
  first: string,
  path: readonly string[],
): readonly string[] | undefined {
  for (const next of needsOf(state, path.at(-1)!)) {
    if (next === first) return path;
    const further = path.includes(next) ? undefined : pathBack(state, first, [...path, next]);
    if (further !== undefined) return further;
  }
  return undefined;
}

/** All of them have to end first; leaves out whatever has a choice. */
function needsOf(state: ModelState, id: string): string[] {
  const run = state.runs.get(id);
  if (run?.status === 'running') {
    return state.awaits.flatMap(({ waiter, awaited }) => (waiter === id ? [awaited] : []));
  }
  return run?.status === 'waiting' ? holdersInTheWay(state, run) : [];
}

function holdersInTheWay(state: ModelState, { worker }: ModelRun): string[] {
  const holders = allHolders(state);
  const isOnlyOne = state.limits.maxConcurrentWorkers === 1;
  return holders
    .filter(({ phase }) => phase === 'running')
    .filter(
      ({ run: { worker: other } }) =>
        isOnlyOne ||
        conflict(worker, other) ||
        (other === worker && worker.definition.concurrency === 1),
    )
    .map(({ run }) => run.id);
}
