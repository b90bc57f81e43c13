import { Controller, Get, Res, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { OrchestratorMetricsOptions } from './metrics-options.js';
import { OrchestratorMetrics } from './orchestrator-metrics.js';

/** A class of its own for each path, because guards and paths are bound to classes. */
export function metricsControllerAt(
  path: string,
  guards: NonNullable<OrchestratorMetricsOptions['guards']>,
): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  class OrchestratorMetricsController {
    constructor(
      private readonly metrics: OrchestratorMetrics,
      private readonly host: HttpAdapterHost,
    ) {}

    /** Replies by itself: an interceptor of the application that wraps its answers would make them unreadable. */
    @Get()
    async scrape(@Res() response: unknown): Promise<void> {
      const { httpAdapter } = this.host;
      const text = await this.metrics.render();
      httpAdapter.setHeader(response, 'Content-Type', this.metrics.contentType);
      httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
      httpAdapter.reply(response, text, 200);
    }
  }
  return OrchestratorMetricsController;
}
