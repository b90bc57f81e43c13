import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { inProcess, OrchestratorModule, type EngineFactory } from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import { levelStore } from 'nestjs-orchestrator/level';
import { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { ConsoleModule } from './console/console.module.js';
import { HttpModule } from './http/http.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { ProbesModule } from './probes/probes.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { SamplesModule } from './samples/samples.module.js';

/** One process that remembers, or as many as share a store. */
function engineOf({ engineUrl, dataDir }: AppConfig): EngineFactory {
  return engineUrl === undefined
    ? inProcess({ store: levelStore({ path: join(dataDir, 'orchestrator') }) })
    : bullmq({ connection: engineUrl, prefix: 'sample_app' });
}

@Module({
  imports: [
    OrchestratorModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => ({
        engine: engineOf(config),
        overrides: config.workerOverrides,
        shutdownTimeout: '10s',
        // The application probes itself: main.ts starts the workers once it listens.
        autoStart: false,
      }),
    }),
    SamplesModule,
    ProbesModule,
    ReportsModule,
    MaintenanceModule,
    HttpModule,
    ConsoleModule,
  ],
})
export class AppModule {
  static with(config: AppConfig): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.of(config)] };
  }
}
