export type {
  OrchestratorMetricsOptions,
  OrchestratorTelemetryOptions,
  PrometheusRegistry,
  WorkerLabelOptions,
} from './metrics-options.js';
export { OrchestratorMetrics } from './orchestrator-metrics.js';
export { OrchestratorMetricsModule } from './orchestrator-metrics.module.js';
export { OrchestratorTelemetryModule } from './orchestrator-telemetry.module.js';
