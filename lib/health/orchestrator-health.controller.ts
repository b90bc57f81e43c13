import { Controller, Get, Inject, Optional, VERSION_NEUTRAL } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { OrchestratorHealthOptions } from './health-options.js';
import { OrchestratorHealthIndicator } from './orchestrator.health-indicator.js';

export const HEALTH_OPTIONS = Symbol('OrchestratorHealthOptions');

@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class OrchestratorHealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: OrchestratorHealthIndicator,
    @Optional() @Inject(HEALTH_OPTIONS) private readonly options: OrchestratorHealthOptions = {},
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.indicator.check('orchestrator', this.options)]);
  }

  /** The process answers. Restarting it would help no worker, so none is asked. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.indicator.checkEngine()]);
  }
}
