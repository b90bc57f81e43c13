import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { BUCKETS, HISTOGRAMS } from '../../lib/metrics/catalogue.js';
import { TalliedHistogram } from '../../lib/metrics/prometheus/tallied-histogram.js';
import type { PrometheusRegistry } from '../../lib/metrics/metrics-options.js';

const { name, help, labels } = HISTOGRAMS.wait;
const VALUES = [0, 0.01, 0.010_001, 4, 5, 3_600, 3_600.5, 1e9];

function both(): { ours: Registry; theirs: Registry; tallied: TalliedHistogram } {
  const [ours, theirs] = [new Registry(), new Registry()];
  const tallied = new TalliedHistogram(HISTOGRAMS.wait);
  (ours as PrometheusRegistry).registerMetric(tallied);
  const registers = [theirs];
  const standard = new Histogram({ name, help, labelNames: labels, buckets: BUCKETS, registers });
  for (const worker of ['one', '__proto__', 'a "b"']) {
    for (const reason of ['BLOCKED', 'CAPACITY']) {
      const observe = tallied.of({ worker, reason });
      for (const seconds of VALUES) {
        observe(seconds);
        standard.observe({ worker, reason }, seconds);
      }
    }
  }
  return { ours, theirs, tallied };
}

it('gives the same text as the histogram of prom-client', async () => {
  const { ours, theirs } = both();

  expect(await ours.metrics()).toBe(await theirs.metrics());
});

it('adds up over the processes of a cluster as that does', async () => {
  const { ours, theirs } = both();
  const summed = async (registry: Registry): Promise<string> => {
    const metrics = await registry.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([metrics, metrics]).metrics();
  };

  expect(await summed(ours)).toBe(await summed(theirs));
});

it('is empty once its registry is reset', async () => {
  const { ours } = both();
  ours.resetMetrics();

  expect(await ours.metrics()).not.toContain('_bucket');
});
