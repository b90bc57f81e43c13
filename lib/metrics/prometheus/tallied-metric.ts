import type { Metric } from '../catalogue.js';

/**
 * What a registry of prom-client asks a metric for. Its own metrics make a text of the labels for each value, several
 * times for each run; here they are told once for each series.
 */
export abstract class TalliedMetric<Series> {
  abstract readonly type: 'counter' | 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  protected readonly all: Series[] = [];

  constructor({ name, help }: Metric) {
    this.name = name;
    this.help = help;
  }

  abstract get(): Promise<object>;

  abstract reset(): void;
}
