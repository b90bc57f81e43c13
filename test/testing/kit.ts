import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';
import { afterEach } from 'vitest';
import { DataModule, Source } from './workers.js';

const open: INestApplicationContext[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

export interface Tested {
  readonly app: INestApplicationContext;
  readonly kit: OrchestratorTestKit;
  readonly source: Source;
}

type Options = Parameters<typeof OrchestratorTestingModule.forRoot>[0];

/** The workers of the tests in an application that is closed after the test. */
export async function testData(options?: Options, metadata: ModuleMetadata = {}): Promise<Tested> {
  const { imports = [DataModule] } = metadata;
  const app = await Test.createTestingModule({
    ...metadata,
    imports: [OrchestratorTestingModule.forRoot(options), ...imports],
  }).compile();
  return opened(await app.init());
}

export function opened(app: INestApplicationContext): Tested {
  app.useLogger(false);
  open.push(app);
  return { app, kit: OrchestratorTestKit.of(app), source: app.get(Source, { strict: false }) };
}
