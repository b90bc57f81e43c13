import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { FAILED_ONCE } from './failed-once.js';
import { seedsFor } from './seeds.js';

/** A busy machine takes its time, and a soak takes it all. */
const TIMEOUT_MS = 600_000 * Math.max(1, Number(process.env.PROPERTY_RUNS ?? 1));
vi.setConfig({ testTimeout: TIMEOUT_MS });

/**
 * Checks a property for about `numRuns` cases: an equal share from each fixed seed and from a random one, after those
 * that failed once.
 *
 * A failure prints its seed and path. `PROPERTY_SEED` draws all cases from one seed, `PROPERTY_PATH` goes to the case
 * itself, `PROPERTY_RUNS` multiplies `numRuns`, `PROPERTY_SHRINK=no` is content with the first counterexample.
 */
export async function always<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  numRuns: number,
  check: (...values: Values) => unknown,
): Promise<void> {
  const { PROPERTY_PATH: path, PROPERTY_SHRINK } = process.env;
  const endOnFailure = PROPERTY_SHRINK === 'no';
  const property = fc.asyncProperty(...arbitraries, async (...values) => {
    await check(...values);
  });
  const title = expect.getState().currentTestName ?? '';
  for (const known of FAILED_ONCE.filter((each) => title.includes(each.property))) {
    await fc.assert(property, { seed: known.seed, path: known.path, numRuns: 1 });
  }
  const { seeds, runsEach } = seedsFor(numRuns);
  for (const seed of seeds) {
    await fc.assert(property, {
      seed,
      numRuns: runsEach,
      endOnFailure,
      includeErrorInReport: endOnFailure,
      // Before the test is over, or its seed would go unsaid.
      interruptAfterTimeLimit: TIMEOUT_MS / 3,
      markInterruptAsFailure: true,
      ...(path !== undefined && { path }),
    });
  }
}
