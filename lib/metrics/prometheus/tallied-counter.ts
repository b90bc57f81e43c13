import type { Count, Labels, Metric } from '../catalogue.js';

interface Series {
  readonly labels: Labels;
  value: number;
}

/**
 * A counter as a registry of prom-client reads it. Its own makes a text of the labels for each value, several times for
 * each run; here they are told once for each series.
 */
export class TalliedCounter {
  readonly type = 'counter';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  private readonly all: Series[] = [];

  constructor({ name, help }: Metric) {
    this.name = name;
    this.help = help;
  }

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
