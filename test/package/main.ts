import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OrchestratorModule, OrchestratorService, Worker } from 'nestjs-orchestrator';
import { OrchestratorDashboardModule } from 'nestjs-orchestrator/dashboard';
import { OrchestratorHealthModule } from 'nestjs-orchestrator/health';
import {
  OrchestratorMetricsModule,
  OrchestratorTelemetryModule,
} from 'nestjs-orchestrator/metrics';
import { setTimeout } from 'node:timers/promises';
import { failureOfAKit, kitThatPasses } from './kit.js';

@Injectable()
class Ticker {
  constructor(readonly orchestrator: OrchestratorService) {}

  // A busy machine is late, which is no reason to warn here.
  @Worker({ interval: '50ms', overlap: 'queue' })
  tick(): void {
    console.log('tick');
  }

  async runs(): Promise<number> {
    const { workerStates } = await this.orchestrator.getStatus();
    return workerStates.find(({ name }) => name === 'Ticker.tick')?.counts.succeeded ?? 0;
  }
}

@Module({
  imports: [
    OrchestratorModule.forRoot(),
    OrchestratorDashboardModule.forRoot(),
    OrchestratorHealthModule,
    OrchestratorMetricsModule,
    OrchestratorTelemetryModule,
  ],
  providers: [Ticker],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');

  const ticker = app.get(Ticker);
  while ((await ticker.runs()) < 3) await setTimeout(10);

  const health = await fetch(`${await app.getUrl()}/health`);
  console.log(`GET /health ${health.status}`);
  const metrics = await fetch(`${await app.getUrl()}/metrics`);
  const [line] = /^orchestrator_state.* 1$/m.exec(await metrics.text()) ?? [];
  console.log(`GET /metrics ${line ?? 'none'}`);
  const page = await fetch(`${await app.getUrl()}/orchestrator`);
  const [, script = ''] = /src="([^"]+)"/.exec(await page.text()) ?? [];
  const loaded = await fetch(new URL(script, page.url));
  console.log(`GET /orchestrator ${page.status} ${loaded.headers.get('content-type') ?? ''}`);
  const paused = await fetch(`${await app.getUrl()}/orchestrator/api/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: '{}',
  });
  console.log(`POST /orchestrator/api/pause ${paused.status}`);
  await app.close();
  console.log('closed');

  await kitThatPasses();
  console.log(await failureOfAKit());
}

void main();
