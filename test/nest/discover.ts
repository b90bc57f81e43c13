import type { ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach } from 'vitest';
import type { DiscoveredWorker, Discovery } from '../../lib/discovery/discovered.js';
import { WorkerExplorer } from '../../lib/discovery/worker-explorer.js';

const booted: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(booted.splice(0).map((app) => app.close()));
});

export interface Discovered extends Discovery {
  readonly app: TestingModule;
  /** The only worker of that name. */
  worker(name: string): DiscoveredWorker;
}

/** Boots a real application of these modules and providers, and looks what the explorer finds in it. */
export async function discover({
  imports = [],
  providers = [],
  ...others
}: ModuleMetadata): Promise<Discovered> {
  const app = await Test.createTestingModule({
    imports: [DiscoveryModule, ...imports],
    providers: [WorkerExplorer, ...providers],
    ...others,
  }).compile();
  booted.push(app);
  await app.init();
  const discovery = app.get(WorkerExplorer).explore();
  return {
    ...discovery,
    app,
    worker: (name) => {
      const [worker, ...namesakes] = discovery.workers.filter((each) => each.name === name);
      if (worker === undefined || namesakes.length > 0) {
        const names = discovery.workers.map((each) => each.name).join(', ');
        throw new Error(`There are these workers: ${names}; and not one of the name ${name}.`);
      }
      return worker;
    },
  };
}
