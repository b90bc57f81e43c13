import { Module, type DynamicModule, type ModuleMetadata, type Provider } from '@nestjs/common';
import { assertOptions } from '../assert-options.js';
import { OrchestratorService } from '../index.js';
import { Orchestration } from '../orchestration.js';
import type { OrchestratorMetricsOptions } from './metrics-options.js';
import { metricsControllerAt } from './orchestrator-metrics.controller.js';
import { OrchestratorMetrics } from './orchestrator-metrics.js';

const KNOWN = ['path', 'guards', 'imports', 'registry', 'maxWorkerLabels'];

/** Not the public class, whose own route would stand beside that of the options. */
@Module({})
class ConfiguredMetricsModule {}

/**
 * Mounts `GET /metrics` for Prometheus, by prom-client, and gives {@link OrchestratorMetrics} for routes of your own.
 * Names of workers and what becomes of them are all it shows; guard it if that is too much.
 *
 * @publicApi
 */
@Module(metadataFor({}))
export class OrchestratorMetricsModule {
  /**
   * @throws OptionsError for an option that there is not: misspelt `guards` would let everybody in
   * @example
   * ```ts
   * OrchestratorMetricsModule.forRoot({ path: 'internal/metrics', guards: [ScraperGuard], registry: register })
   * ```
   */
  static forRoot(options: OrchestratorMetricsOptions = {}): DynamicModule {
    assertOptions('OrchestratorMetricsModule.forRoot()', 'options', options, KNOWN);
    return { module: ConfiguredMetricsModule, ...metadataFor(options) };
  }
}

function metadataFor(options: OrchestratorMetricsOptions): ModuleMetadata {
  const { path = 'metrics', guards = [], imports = [] } = options;
  const metrics: Provider<OrchestratorMetrics> = {
    provide: OrchestratorMetrics,
    inject: [OrchestratorService, Orchestration],
    useFactory: async (orchestrator: OrchestratorService, orchestration: Orchestration) => {
      // Not before it is asked for: whoever uses OpenTelemetry alone need not install prom-client.
      const { PrometheusMetrics } = await import('./prometheus/prometheus-metrics.js');
      return new PrometheusMetrics(orchestrator, orchestration, options);
    },
  };
  return {
    imports,
    controllers: path === false ? [] : [metricsControllerAt(path, guards)],
    providers: [metrics],
    exports: [OrchestratorMetrics],
  };
}
