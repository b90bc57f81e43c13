import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { OrchestratorService } from '../index.js';
import { diagnose, diagnoseEngine, isAtWork } from './diagnosis.js';
import type { OrchestratorHealthOptions } from './health-options.js';

/**
 * Tells Terminus how the orchestrator is. Down when a worker that should have run is overdue (see its `overdueAfter`),
 * a worker of `CRITICAL` priority was disabled by its failures, the engine cannot be reached, or the orchestrator does
 * not run. Failing, abandoned and other disabled workers are named as `degraded`, excused waits as `excused`.
 *
 * @publicApi
 */
@Injectable()
export class OrchestratorHealthIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly orchestrator: OrchestratorService,
  ) {}

  /**
   * @example
   * ```ts
   * health.check([() => orchestratorHealth.check('workers')]);
   * ```
   */
  async check<const Key extends string = 'orchestrator'>(
    key = 'orchestrator' as Key,
    options: OrchestratorHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const diagnosis = diagnose(await this.orchestrator.getStatus(), options);
    const indicator = this.health.check(key);
    return isAtWork(diagnosis) && diagnosis.problems.length === 0
      ? indicator.up({ ...diagnosis })
      : indicator.down({ ...diagnosis });
  }

  /**
   * Whether the orchestrator runs and its engine can be reached, whatever the workers do. Asks nobody, so that probes may
   * come often; in a fleet it is up while a leader is being replaced.
   */
  async checkEngine<const Key extends string = 'orchestrator'>(
    key = 'orchestrator' as Key,
  ): Promise<HealthIndicatorResult<Key>> {
    const diagnosis = diagnoseEngine(this.orchestrator.getReadiness());
    const indicator = this.health.check(key);
    return isAtWork(diagnosis) ? indicator.up(diagnosis) : indicator.down(diagnosis);
  }
}
