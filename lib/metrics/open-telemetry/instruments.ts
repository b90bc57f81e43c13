import type {
  BatchObservableCallback,
  Counter,
  Histogram,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import {
  BUCKETS,
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  type CounterKey,
  type GaugeKey,
  type HistogramKey,
  type Labels,
  type Metric,
  type MetricSink,
} from '../catalogue.js';
import type { GaugeReadings } from '../gauge-readings.js';

/** The metrics as instruments of a meter. */
export class Instruments implements MetricSink {
  private readonly counters: ReadonlyMap<CounterKey, Counter>;
  private readonly histograms: ReadonlyMap<HistogramKey, Histogram>;
  private readonly gauges: ReadonlyMap<GaugeKey, ObservableGauge>;

  constructor(private readonly meter: Meter) {
    this.counters = eachOf(COUNTERS, (metric) =>
      meter.createCounter(metric.instrument, optionsOf(metric)),
    );
    this.histograms = eachOf(HISTOGRAMS, (metric) =>
      meter.createHistogram(metric.instrument, {
        ...optionsOf(metric),
        advice: { explicitBucketBoundaries: BUCKETS },
      }),
    );
    this.gauges = eachOf(GAUGES, (metric) =>
      meter.createObservableGauge(metric.instrument, optionsOf(metric)),
    );
  }

  count(counter: CounterKey, labels: Labels, by: number): void {
    this.counters.get(counter)?.add(by, labels);
  }

  observe(histogram: HistogramKey, labels: Labels, seconds: number): void {
    this.histograms.get(histogram)?.record(seconds, labels);
  }

  /**
   * Reads the gauges whenever the meter's reader asks for them.
   *
   * @returns what ends that
   */
  observeGauges(read: () => Promise<GaugeReadings>): () => void {
    const { meter } = this;
    const observables = [...this.gauges.values()];
    const callback: BatchObservableCallback = async (result) => {
      const readings = await read();
      for (const [key, gauge] of this.gauges) {
        for (const { labels, value } of readings[key]) result.observe(gauge, value, labels);
      }
    };
    meter.addBatchObservableCallback(callback, observables);
    return () => {
      meter.removeBatchObservableCallback(callback, observables);
    };
  }
}

function optionsOf({ help, unit }: Metric): { description: string; unit?: string } {
  return { description: help, ...(unit !== undefined && { unit }) };
}

function eachOf<Key extends string, Instrument>(
  metrics: Readonly<Record<Key, Metric>>,
  make: (metric: Metric) => Instrument,
): ReadonlyMap<Key, Instrument> {
  const entries = Object.entries<Metric>(metrics) as [Key, Metric][];
  return new Map(entries.map(([key, metric]) => [key, make(metric)]));
}
