import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';

/** @publicApi */
export interface WorkerLabelOptions {
  /**
   * How many workers have metrics of their own, those that are registered first; the others are counted together, under
   * the worker `(other)`. Each costs some 50 time series, and 14 for each reason code that it waits for.
   *
   * @default 200
   * @throws RangeError at boot, when not a whole number from 1
   */
  readonly maxWorkerLabels?: number;
}

/** Options of {@link OrchestratorMetricsModule}. @publicApi */
export interface OrchestratorMetricsOptions extends WorkerLabelOptions {
  /** Where the metrics are served; false: nowhere, for routes of your own. @default 'metrics' */
  readonly path?: string | false;
  /** Who may read them: whoever these let through. They apply besides the application's global ones. @default none */
  readonly guards?: readonly (CanActivate | Type<CanActivate>)[];
  /** Modules of the providers that the guards need. @default none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** A registry of prom-client, such as its `register`, to share with other metrics. @default one of its own */
  readonly registry?: PrometheusRegistry;
}

/** What `Registry` of prom-client is; not its own type, which is there only where prom-client is installed. @publicApi */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  registerMetric(metric: object): void;
  removeSingleMetric(name: string): void;
}

/** Options of {@link OrchestratorTelemetryModule}. @publicApi */
export interface OrchestratorTelemetryOptions extends WorkerLabelOptions {
  /**
   * Whether spans of failed attempts show the name and the message of what was thrown. It may hold secrets: whoever may
   * read your traces reads it.
   *
   * @default false: the name alone
   */
  readonly recordErrors?: boolean;
}
