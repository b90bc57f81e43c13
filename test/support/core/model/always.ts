import fc from 'fast-check';
import { vi } from 'vitest';

// A busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

/** Fixed, so that a red run is the change's fault. */
const SEED = 20_261_124;

/**
 * Checks a property, `numRuns` times with the fixed seed, or as often and from the seed that `PROPERTY_RUNS` and
 * `PROPERTY_SEED` say. A failure prints its seed and path.
 */
export function always<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  numRuns: number,
  check: (...values: Values) => void,
): void {
  const { PROPERTY_RUNS: runs = numRuns, PROPERTY_SEED: seed = SEED } = process.env;
  fc.assert(fc.property(...arbitraries, check), { numRuns: Number(runs), seed: Number(seed) });
}
