import type { Count, Labels } from '../catalogue.js';
import { TalliedMetric } from './tallied-metric.js';

interface Series {
  readonly labels: Labels;
  value: number;
}

/** A counter as a registry of prom-client reads it. */
export class TalliedCounter extends TalliedMetric<Series> {
  readonly type = 'counter';

  of(labels: Labels): Count {
    const series: Series = { labels, value: 0 };
    this.all.push(series);
    return (by) => {
      series.value += by;
    };
  }

  /** What prom-client asks its metrics for. */
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.all };
  }

  reset(): void {
    for (const series of this.all) series.value = 0;
  }
}
