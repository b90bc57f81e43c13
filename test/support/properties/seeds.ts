import { randomInt } from 'node:crypto';

/** Fixed, so that a red run is the change's fault. */
const FIXED_SEEDS = [
  20_261_124, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1_597, 2_584, 4_181,
  6_765,
];

/** A case that failed once. Its example stands as a test of its own; the seed goes on looking around it. */
export interface FailedOnce {
  /** Part of the property's title. */
  readonly property: string;
  readonly seed: number;
  readonly path: string;
}

const { PROPERTY_SEED, PROPERTY_RUNS } = process.env;

/** One new seed for each file of properties: it finds what the fixed ones do not. */
const randomSeed = randomInt(2 ** 31);
let isAnnounced = false;

/** The seeds of this run, and how many cases to draw from each. */
export function seedsFor(numRuns: number): { readonly seeds: number[]; readonly runsEach: number } {
  const runs = Number(PROPERTY_RUNS ?? 1) * numRuns;
  const seeds =
    PROPERTY_SEED === undefined ? [...FIXED_SEEDS, randomSeed] : [Number(PROPERTY_SEED)];
  if (PROPERTY_SEED === undefined) announce();
  return { seeds, runsEach: Math.ceil(runs / seeds.length) };
}

function announce(): void {
  if (isAnnounced) return;
  isAnnounced = true;
  console.info(`Random seed of these properties: ${randomSeed} (PROPERTY_SEED repeats it alone)`);
}
