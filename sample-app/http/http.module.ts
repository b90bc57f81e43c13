import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { OrchestratorDashboardModule } from 'nestjs-orchestrator/dashboard';
import { OrchestratorHealthModule } from 'nestjs-orchestrator/health';
import { OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';
import { OperatorAccess } from './operator-access.js';
import { OperatorAccessModule } from './operator-access.module.js';
import { OrchestratorErrorFilter } from './orchestrator-error.filter.js';
import { OwnUrl } from './own-url.js';
import { StatusController } from './status.controller.js';
import { WorkersController } from './workers.controller.js';

@Module({
  imports: [
    OrchestratorHealthModule.forRoot(),
    OrchestratorMetricsModule,
    OperatorAccessModule,
    OrchestratorDashboardModule.forRootAsync({
      imports: [OperatorAccessModule],
      useExisting: OperatorAccess,
    }),
  ],
  controllers: [StatusController, WorkersController],
  providers: [OwnUrl, { provide: APP_FILTER, useClass: OrchestratorErrorFilter }],
  exports: [OwnUrl],
})
export class HttpModule {}
