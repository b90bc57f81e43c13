import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { OrchestratorService } from 'nestjs-orchestrator';
import { AppModule } from './app.module.js';
import { AppConfig } from './config/app-config.js';
import { Welcome } from './console/welcome.js';
import { describeStartFailure } from './console/start-failure.js';

async function start(): Promise<void> {
  const config = new AppConfig(process.env);
  const app = await NestFactory.create(AppModule.with(config), { abortOnError: false });
  app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
  await app.listen(config.port, config.host);
  console.log(await app.get(Welcome).text());
  await app.get(OrchestratorService).start();
}

start().catch((error: unknown) => {
  console.error(describeStartFailure(error));
  process.exit(1);
});
