import type { OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OrchestratorService } from '../../index.js';
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
import type { OrchestratorMetricsOptions } from '../metrics-options.js';
import { OrchestratorMetrics } from '../orchestrator-metrics.js';
import { WorkerMetrics } from '../worker-metrics.js';

/** The metrics in a registry of prom-client. */
export class PrometheusMetrics extends OrchestratorMetrics implements MetricSink, OnModuleDestroy {
  private readonly registry: Registry;
  private readonly counters = new Map<CounterKey, Counter>();
  private readonly histograms = new Map<HistogramKey, Histogram>();
  private readonly workers: WorkerMetrics;

  /** @throws Error where the registry has a metric of one of these names already */
  constructor(
    orchestrator: OrchestratorService,
    { registry, maxWorkerLabels }: OrchestratorMetricsOptions,
  ) {
    super();
    this.registry = (registry as Registry | undefined) ?? new Registry();
    for (const key of keysOf(COUNTERS)) {
      this.counters.set(key, new Counter(this.configure(COUNTERS[key])));
    }
    for (const key of keysOf(HISTOGRAMS)) {
      const histogram = new Histogram({ ...this.configure(HISTOGRAMS[key]), buckets: BUCKETS });
      this.histograms.set(key, histogram);
    }
    this.workers = new WorkerMetrics(orchestrator, this, maxWorkerLabels);
    for (const key of keysOf(GAUGES)) this.addGauge(key);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  render(): Promise<string> {
    return this.registry.metrics();
  }

  count(counter: CounterKey, labels: Labels, by: number): void {
    this.counters.get(counter)?.inc(labels, by);
  }

  observe(histogram: HistogramKey, labels: Labels, seconds: number): void {
    this.histograms.get(histogram)?.observe(labels, seconds);
  }

  /** A registry that is shared outlives this application. */
  onModuleDestroy(): void {
    this.workers.close();
    for (const { name } of [COUNTERS, HISTOGRAMS, GAUGES].flatMap((metrics) =>
      Object.values<Metric>(metrics),
    )) {
      this.registry.removeSingleMetric(name);
    }
  }

  private addGauge(key: GaugeKey): void {
    const { workers } = this;
    new Gauge({
      ...this.configure(GAUGES[key]),
      async collect() {
        const readings = await workers.readGauges();
        this.reset();
        for (const { labels, value } of readings[key]) this.set(labels, value);
      },
    });
  }

  private configure({ name, help, labels }: Metric): {
    name: string;
    help: string;
    labelNames: readonly string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: labels, registers: [this.registry] };
  }
}

function keysOf<Key extends string>(metrics: Readonly<Record<Key, Metric>>): Key[] {
  return Object.keys(metrics) as Key[];
}
