import 'reflect-metadata';
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  OrchestratorModule,
  OrchestratorService,
  type OrchestratorOptions,
} from 'nestjs-orchestrator';

export interface Orchestrated {
  readonly app: INestApplicationContext;
  readonly service: OrchestratorService;
}

/** A real application whose workers are declared before its boot. */
export async function orchestrated(
  options: OrchestratorOptions,
  declare: (service: OrchestratorService) => Promise<void>,
  imports: NonNullable<ModuleMetadata['imports']> = [],
): Promise<Orchestrated> {
  const root = {
    module: class Root {},
    imports: [OrchestratorModule.forRoot(options), ...imports],
    providers: [
      { provide: 'declared workers', inject: [OrchestratorService], useFactory: declare },
    ],
  };
  const app = await NestFactory.createApplicationContext(root, { logger: ['error'] });
  return { app, service: app.get(OrchestratorService) };
}
