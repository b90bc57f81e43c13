import type { Measure, RollUp, Sample, Summary } from './sample.js';

const MINUTE_MS = 60_000;

/** One roll-up for each minute in which there are samples. */
export function rollUpByMinute(samples: readonly Sample[]): RollUp[] {
  const minutes = new Map<number, Sample[]>();
  for (const sample of samples) {
    const minute = sample.at - (sample.at % MINUTE_MS);
    minutes.set(minute, [...(minutes.get(minute) ?? []), sample]);
  }
  return [...minutes].map(([at, ofMinute]) => {
    const summary = (measure: Measure): Summary => summarise(ofMinute.map((one) => one[measure]));
    return {
      at,
      cpu: summary('cpu'),
      memory: summary('memory'),
      disk: summary('disk'),
      load: summary('load'),
    };
  });
}

export function summarise(values: readonly number[]): Summary {
  return { mean: mean(values), peak: Math.max(0, ...values) };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
