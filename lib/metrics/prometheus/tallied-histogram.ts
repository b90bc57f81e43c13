import { BUCKETS, type Labels, type Observe } from '../catalogue.js';
import { TalliedMetric } from './tallied-metric.js';

interface Series {
  readonly labels: Labels;
  /** How many values each bucket has that the one before it has not. */
  readonly inBuckets: number[];
  count: number;
  sum: number;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Labels & { readonly le?: number | '+Inf' };
  readonly value: number;
}

/** A histogram as a registry of prom-client reads it. */
export class TalliedHistogram extends TalliedMetric<Series> {
  readonly type = 'histogram';

  of(labels: Labels): Observe {
    const series: Series = { labels, inBuckets: BUCKETS.map(() => 0), count: 0, sum: 0 };
    this.all.push(series);
    return (seconds) => {
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      if (bucket !== -1) series.inBuckets[bucket] = (series.inBuckets[bucket] ?? 0) + 1;
      series.count++;
      series.sum += seconds;
    };
  }

  /** What prom-client asks its metrics for. */
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const begun = this.all.filter(({ count }) => count > 0);
    const values = begun.flatMap((series) => this.samplesOf(series));
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    for (const series of this.all) {
      series.inBuckets.fill(0);
      series.count = 0;
      series.sum = 0;
    }
  }

  private samplesOf({ labels, inBuckets, count, sum }: Series): Sample[] {
    let within = 0;
    const bucket = (le: number | '+Inf', value: number): Sample => ({
      metricName: `${this.name}_bucket`,
      labels: { le, ...labels },
      value,
    });
    return [
      ...BUCKETS.map((bound, index) => bucket(bound, (within += inBuckets[index] ?? 0))),
      bucket('+Inf', count),
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
