import { Injectable, Module } from '@nestjs/common';
import { OrchestratorModule, Worker, type RunContext } from 'nestjs-orchestrator';

/** What the workers of the tests wait for. */
@Injectable()
export class Source {
  fetch: () => Promise<unknown> = async () => 'data';
}

@Injectable()
export class DataWorkers {
  constructor(private readonly source: Source) {}

  @Worker({ name: 'fetch-data', interval: '1h', maxRetries: 1, backoff: '10s' })
  async fetchData(run: RunContext<{ readonly page: number } | undefined>): Promise<unknown> {
    return [run.payload?.page ?? 0, await this.source.fetch()];
  }

  @Worker({ name: 'process-data', interval: '2h', dependsOn: 'fetch-data' })
  async processData(): Promise<void> {}

  @Worker({ name: 'clean-up', interval: '1h', blocks: ['fetch-data', 'process-data'] })
  async cleanUp(): Promise<void> {
    await this.source.fetch();
  }

  @Worker({ name: 'report' })
  async report(): Promise<void> {}
}

@Module({ providers: [Source, DataWorkers] })
export class DataModule {}

@Module({ imports: [OrchestratorModule.forRoot({ maxConcurrentWorkers: 1 }), DataModule] })
export class AppModule {}
