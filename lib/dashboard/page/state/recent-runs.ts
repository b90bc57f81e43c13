import type { Run } from '../api/shapes.js';

const MOST_RUNS = 6_000;
const LIVE: ReadonlySet<Run['status']> = new Set<Run['status']>([
  'waiting',
  'running',
  'backing-off',
]);

export function isLive({ status }: Run): boolean {
  return LIVE.has(status);
}

/** The runs with the changed ones; of ended ones, the oldest are forgotten beyond a bound. */
export function withRuns(
  known: ReadonlyMap<string, Run>,
  changed: readonly Run[],
  gone: readonly string[] = [],
): ReadonlyMap<string, Run> {
  const runs = new Map(known);
  for (const run of changed) runs.set(run.id, run);
  for (const id of gone) runs.delete(id);
  let surplus = runs.size - MOST_RUNS;
  for (const [id, run] of runs) {
    if (surplus <= 0) break;
    if (isLive(run)) continue;
    runs.delete(id);
    surplus--;
  }
  return runs;
}

export function runsOf(runs: ReadonlyMap<string, Run>, worker: string): Run[] {
  return [...runs.values()].filter((run) => run.worker === worker);
}
