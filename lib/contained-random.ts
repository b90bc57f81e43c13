import { describeValue } from './core/definition/problem.js';

/**
 * Chance that can be reckoned with: what is no number from 0 to 1, and what is thrown, is reported once and counts as 0,
 * so that due instants and backoffs stay instants.
 */
export function containedRandom(
  random: () => number,
  report: (problem: string) => void,
): () => number {
  let hasFailed = false;
  const fail = (what: string): number => {
    if (!hasFailed)
      report(`The option random ${what}; it is taken for 0 now and whenever it fails again`);
    hasFailed = true;
    return 0;
  };
  return () => {
    try {
      const value: unknown = random();
      if (typeof value === 'number' && value >= 0 && value <= 1) return value;
      return fail(`gave ${describeValue(value)}, which is no number from 0 to 1`);
    } catch {
      return fail('threw');
    }
  };
}
