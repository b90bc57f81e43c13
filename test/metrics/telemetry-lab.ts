import { context, metrics, trace, type Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach } from 'vitest';

class AskedReader extends MetricReader {
  protected async onShutdown(): Promise<void> {}

  protected async onForceFlush(): Promise<void> {}
}

/** One value of an instrument; of a histogram, how many values and their sum. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: number | { readonly count: number; readonly sum: number | undefined };
}

export interface Instrument {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly points: readonly Point[];
}

/** An OpenTelemetry set-up as an application has it, whose data stays here. */
export class TelemetryLab {
  private exporter = new InMemorySpanExporter();
  private reader = new AskedReader();

  constructor() {
    beforeEach(() => {
      this.exporter = new InMemorySpanExporter();
      this.reader = new AskedReader();
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      const spanProcessors = [new SimpleSpanProcessor(this.exporter)];
      trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
      metrics.setGlobalMeterProvider(new MeterProvider({ readers: [this.reader] }));
    });
    afterEach(() => {
      for (const api of [context, trace, metrics]) api.disable();
    });
  }

  get spans(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  spansNamed(name: string): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async instruments(): Promise<readonly Instrument[]> {
    const { resourceMetrics, errors } = await this.reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return resourceMetrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.map(({ descriptor, ...metric }) => ({
        ...descriptor,
        points: metric.dataPoints.map(({ attributes, value }) => ({
          attributes,
          value:
            metric.dataPointType === DataPointType.HISTOGRAM && typeof value === 'object'
              ? { count: value.count, sum: value.sum }
              : value,
        })) as Point[],
      })),
    );
  }
}
