import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { assertOptions } from '../assert-options.js';
import { OrchestratorService } from '../index.js';
import { Orchestration } from '../orchestration.js';
import type { OrchestratorTelemetryOptions } from './metrics-options.js';

const KNOWN = ['maxWorkerLabels', 'recordErrors'];
const TELEMETRY = Symbol('OrchestratorTelemetry');

/** Not the public class, whose own providers would stand beside those of the options. */
@Module({})
class ConfiguredTelemetryModule {}

/**
 * Gives the application's OpenTelemetry set-up the metrics of {@link OrchestratorMetricsModule} as instruments, and a span
 * for each run: its attempts are children, what the worker traces is theirs, and a triggered run has a link to who
 * triggered it.
 *
 * Register the SDK before Nest makes the application: meters that are asked for earlier measure nothing.
 *
 * @publicApi
 */
@Module({ providers: [telemetryFor({})] })
export class OrchestratorTelemetryModule {
  /** @throws OptionsError for an option that there is not */
  static forRoot(options: OrchestratorTelemetryOptions = {}): DynamicModule {
    assertOptions('OrchestratorTelemetryModule.forRoot()', 'options', options, KNOWN);
    return { module: ConfiguredTelemetryModule, providers: [telemetryFor(options)] };
  }
}

function telemetryFor(options: OrchestratorTelemetryOptions): Provider {
  return {
    provide: TELEMETRY,
    inject: [OrchestratorService, Orchestration],
    useFactory: async (orchestrator: OrchestratorService, orchestration: Orchestration) => {
      // Not before it is asked for: whoever uses Prometheus alone need not install it.
      const { OpenTelemetry } = await import('./open-telemetry/open-telemetry.js');
      return new OpenTelemetry(orchestrator, orchestration, options);
    },
  };
}
