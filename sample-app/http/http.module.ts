import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { OrchestratorDashboardModule } from 'nestjs-orchestrator/dashboard';
import { OrchestratorHealthModule } from 'nestjs-orchestrator/health';
import { OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';
import { OrchestratorErrorFilter } from './orchestrator-error.filter.js';
import { OwnUrl } from './own-url.js';
import { StatusController } from './status.controller.js';
import { WorkersController } from './workers.controller.js';

@Module({
  imports: [
    OrchestratorHealthModule.forRoot(),
    OrchestratorMetricsModule,
    // Nobody says who may see it: only this machine is let in, and that may see errors.
    OrchestratorDashboardModule.forRoot({ showErrors: true }),
  ],
  controllers: [StatusController, WorkersController],
  providers: [OwnUrl, { provide: APP_FILTER, useClass: OrchestratorErrorFilter }],
  exports: [OwnUrl],
})
export class HttpModule {}
