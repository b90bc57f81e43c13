import { BUCKETS, type Labels, type Metric } from '../catalogue.js';

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

/**
 * A histogram as a registry of prom-client reads it. Its own makes a text of the labels for each value, which costs three
 * times for each run; here a value costs two look-ups.
 */
export class TalliedHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  private readonly series = new Map<string | undefined, Map<string | undefined, Series>>();

  constructor({ name, help }: Metric) {
    this.name = name;
    this.help = help;
  }

  observe(labels: Labels, seconds: number): void {
    const series = this.seriesOf(labels);
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) series.inBuckets[bucket] = (series.inBuckets[bucket] ?? 0) + 1;
    series.count++;
    series.sum += seconds;
  }

  /** What prom-client asks its metrics for. */
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const series = [...this.series.values()].flatMap((ofWorker) => [...ofWorker.values()]);
    const values = series.flatMap((each) => this.samplesOf(each));
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.series.clear();
  }

  private seriesOf(labels: Labels): Series {
    let ofWorker = this.series.get(labels.worker);
    if (ofWorker === undefined) {
      ofWorker = new Map<string | undefined, Series>();
      this.series.set(labels.worker, ofWorker);
    }
    let series = ofWorker.get(labels.reason);
    if (series === undefined) {
      series = { labels, inBuckets: BUCKETS.map(() => 0), count: 0, sum: 0 };
      ofWorker.set(labels.reason, series);
    }
    return series;
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
