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
  GAUGE_KEYS,
  GAUGES,
  HISTOGRAMS,
  eachOf,
  type Count,
  type CounterKey,
  type GaugeKey,
  type HistogramKey,
  type Labels,
  type Metric,
  type MetricSink,
  type Observe,
} from '../catalogue.js';
import type { GaugeReadings } from '../gauge-readings.js';

/** The metrics as instruments of a meter. */
export class Instruments implements MetricSink {
  private readonly counters: Readonly<Record<CounterKey, Counter>>;
  private readonly histograms: Readonly<Record<HistogramKey, Histogram>>;
  private readonly gauges: Readonly<Record<GaugeKey, ObservableGauge>>;

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

  counter(counter: CounterKey, labels: Labels): Count {
    const instrument = this.counters[counter];
    return (by) => {
      instrument.add(by, labels);
    };
  }

  histogram(histogram: HistogramKey, labels: Labels): Observe {
    const instrument = this.histograms[histogram];
    return (seconds) => {
      instrument.record(seconds, labels);
    };
  }

  /**
   * Reads the gauges whenever the meter's reader asks for them.
   *
   * @returns what ends that
   */
  observeGauges(read: () => Promise<GaugeReadings>): () => void {
    const { meter, gauges } = this;
    const observables = Object.values(gauges);
    const shown = eachOf(GAUGES, () => new Map<string, Labels>());
    const callback: BatchObservableCallback = async (result) => {
      const readings = await read();
      for (const key of GAUGE_KEYS) {
        const gone = new Map(shown[key]);
        for (const { labels, value } of readings[key]) {
          const series = JSON.stringify(labels);
          gone.delete(series);
          shown[key].set(series, labels);
          result.observe(gauges[key], value, labels);
        }
        // An SDK shows for ever what it was told last, and another replica may show it as well, to be added up.
        for (const labels of gone.values()) result.observe(gauges[key], 0, labels);
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
