import type { Measures } from './question.js';

/** Executes one no-op run, and settles when it has ended. */
export type RunOne = (index: number) => Promise<unknown>;

export const LANES = 5;
/** As many waiting runs as a worker accepts by default. */
const BACKLOG = 1_000;

/** How fast runs pass: one at a time in each of five lanes, and in a backlog of a thousand. */
export async function runsPerSecond(runs: number, runOne: RunOne): Promise<Measures> {
  await inLanes(Math.ceil(runs / 4), runOne);
  await inBacklogs(Math.ceil(runs / 4), runOne);
  const backlog = await rate(runs, () => inBacklogs(runs, runOne));
  const lanes = await rate(runs, () => inLanes(runs, runOne));
  return { 'runs/s, backlog': backlog, 'runs/s, five lanes': lanes };
}

export async function rate(runs: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (runs / (performance.now() - startedAt)) * 1_000;
}

export async function inLanes(runs: number, runOne: RunOne): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < runs) await runOne(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function inBacklogs(runs: number, runOne: RunOne): Promise<void> {
  for (let next = 0; next < runs;) {
    const batch: Promise<unknown>[] = [];
    while (batch.length < BACKLOG && next < runs) batch.push(runOne(next++));
    await Promise.all(batch);
  }
}
