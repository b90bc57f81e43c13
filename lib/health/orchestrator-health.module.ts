import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { assertHealthOptions, type OrchestratorHealthOptions } from './health-options.js';
import { HEALTH_OPTIONS, OrchestratorHealthController } from './orchestrator-health.controller.js';
import { OrchestratorHealthIndicator } from './orchestrator.health-indicator.js';

/**
 * Mounts `GET /health` (everything that {@link OrchestratorHealthIndicator} looks at), `/health/ready` (the orchestrator
 * runs and its engine can be reached) and `/health/live` (the process answers; no worker can change that).
 *
 * For routes of your own, use the indicator, which this module exports.
 *
 * @publicApi
 */
@Module({
  // A balancer asks often: one line for each answer that is down would bury what the orchestrator logs once.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [OrchestratorHealthController],
  providers: [OrchestratorHealthIndicator],
  exports: [OrchestratorHealthIndicator],
})
export class OrchestratorHealthModule {
  /** @throws OptionsError for options that make no sense */
  static forRoot(options: OrchestratorHealthOptions = {}): DynamicModule {
    assertHealthOptions(options);
    return {
      module: OrchestratorHealthModule,
      providers: [{ provide: HEALTH_OPTIONS, useValue: options }],
    };
  }
}
