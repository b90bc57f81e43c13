import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  OnWorkerEvent,
  OrchestratorModule,
  OrchestratorService,
  Worker,
  WorkerExecutionMode,
} from 'nestjs-orchestrator';

/* A process of its own, in real time. See process-exit.test.ts. */

const [scenario] = process.argv.slice(2);

@Injectable()
class Workers {
  constructor(private readonly orchestrator: OrchestratorService) {}

  @Worker({ name: 'ticking', interval: 20 })
  tick(): void {}

  @Worker({ name: 'cron', cron: '* * * * * *' })
  cron(): void {}

  @Worker({ name: 'month', interval: '30d', runOnStart: false })
  month(): void {}

  @Worker({ name: 'busy', executionMode: WorkerExecutionMode.CONTINUOUS })
  busy(): void {}

  @Worker({ name: 'deaf', interval: '1h', enabled: scenario === 'deaf', abortGrace: 200 })
  deaf(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Worker({ name: 'stopping', interval: '1h', enabled: scenario === 'stopping', timeout: '1h' })
  stopping(): Promise<never> {
    void this.orchestrator.stop().then(() => {
      console.log('stopped');
    });
    return new Promise(() => undefined);
  }

  @OnWorkerEvent('run.abandoned')
  abandoned({ worker }: { readonly worker: string }): void {
    console.log(`abandoned ${worker}`);
  }
}

@Module({
  imports: [OrchestratorModule.forRoot({ shutdownTimeout: 500 })],
  providers: [Workers],
})
class AppModule {}

// What loaded this file is gone by then.
await new Promise((resolve) => setTimeout(resolve, 100));
const before = alive();
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
if (scenario !== 'stopping') app.enableShutdownHooks();

if (scenario === 'deaf') {
  // Something else that keeps the process alive, as a server would.
  setInterval(() => undefined, 1_000);
  setImmediate(() => {
    console.log('ready');
  });
} else if (scenario === 'close') {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await app.close();
  await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify({ before, after: alive() }));
}

/** What keeps the process alive, or listens to its signals. */
function alive(): object {
  return {
    resources: process.getActiveResourcesInfo().sort(),
    listeners: ['SIGTERM', 'SIGINT'].map((signal) => process.listenerCount(signal)),
  };
}
