import type { OnModuleDestroy } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import type { OrchestratorService } from '../../index.js';
import type { Orchestration } from '../../orchestration.js';
import {
  COUNTERS,
  eachOf,
  GAUGE_KEYS,
  GAUGES,
  HISTOGRAMS,
  METRICS,
  type Count,
  type CounterKey,
  type GaugeKey,
  type HistogramKey,
  type Labels,
  type Metric,
  type MetricSink,
  type Observe,
} from '../catalogue.js';
import type { OrchestratorMetricsOptions, PrometheusRegistry } from '../metrics-options.js';
import { OrchestratorMetrics } from '../orchestrator-metrics.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { TalliedCounter } from './tallied-counter.js';
import { TalliedHistogram } from './tallied-histogram.js';

/** The metrics in a registry of prom-client. */
export class PrometheusMetrics extends OrchestratorMetrics implements MetricSink, OnModuleDestroy {
  private readonly registry: Registry;
  private readonly counters: Readonly<Record<CounterKey, TalliedCounter>>;
  private readonly histograms: Readonly<Record<HistogramKey, TalliedHistogram>>;
  private readonly workers: WorkerMetrics;

  /** @throws Error where the registry has a metric of one of these names already */
  constructor(
    orchestrator: OrchestratorService,
    orchestration: Orchestration,
    { registry, maxWorkerLabels }: OrchestratorMetricsOptions,
  ) {
    super();
    this.registry = (registry as Registry | undefined) ?? new Registry();
    this.counters = eachOf(COUNTERS, (metric) => new TalliedCounter(metric));
    this.histograms = eachOf(HISTOGRAMS, (metric) => new TalliedHistogram(metric));
    for (const metric of [...Object.values(this.counters), ...Object.values(this.histograms)]) {
      (this.registry as PrometheusRegistry).registerMetric(metric);
    }
    this.workers = new WorkerMetrics(orchestrator, orchestration, this, maxWorkerLabels);
    for (const key of GAUGE_KEYS) this.addGauge(key);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  render(): Promise<string> {
    return this.registry.metrics();
  }

  counter(counter: CounterKey, labels: Labels): Count {
    return this.counters[counter].of(labels);
  }

  histogram(histogram: HistogramKey, labels: Labels): Observe {
    return this.histograms[histogram].of(labels);
  }

  /** A registry that is shared outlives this application. */
  onModuleDestroy(): void {
    this.workers.close();
    for (const { name } of METRICS) this.registry.removeSingleMetric(name);
  }

  private addGauge(key: GaugeKey): void {
    const { workers } = this;
    new Gauge({
      ...this.configure(GAUGES[key]),
      async collect() {
        const readings = await workers.readGauges();
        this.reset();
        // One without labels would be 0 where nobody knows.
        if (GAUGES[key].labels.length === 0) this.remove();
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
