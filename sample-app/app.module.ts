import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { inProcess, OrchestratorModule } from 'nestjs-orchestrator';
import { levelStore } from 'nestjs-orchestrator/level';
import { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { ConsoleModule } from './console/console.module.js';
import { HttpModule } from './http/http.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { ProbesModule } from './probes/probes.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { SamplesModule } from './samples/samples.module.js';

@Module({
  imports: [
    OrchestratorModule.forRootAsync({
      inject: [AppConfig],
      useFactory: ({ dataDir, workerOverrides }: AppConfig) => ({
        engine: inProcess({ store: levelStore({ path: join(dataDir, 'orchestrator') }) }),
        overrides: workerOverrides,
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
