import { setImmediate as turn } from 'node:timers/promises';
import {
  Global,
  Injectable,
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { bootstrapLastAndDestroyFirst, instancesOf } from '../../lib/hook-order.js';

/** Every hook, in the order in which they began and ended. */
let log: string[];
/** Ends the drain, which goes on until the test says so. */
let endDrain: () => void;
let drainHasBegun: Promise<void>;
let drain: () => Promise<void>;

beforeEach(() => {
  log = [];
  const { promise: drained, resolve } = deferred();
  const begun = deferred();
  endDrain = resolve;
  drainHasBegun = begun.promise;
  drain = async () => {
    log.push('drain begins');
    begun.resolve();
    await drained;
    log.push('drain ends');
  };
});

async function hook(name: string): Promise<void> {
  log.push(`${name} begins`);
  await turn();
  log.push(`${name} ends`);
}

/** Anything of an application that has hooks. */
abstract class Hooks {
  protected abstract readonly owner: string;
  onModuleInit = (): Promise<void> => hook(`${this.owner} onModuleInit`);
  onApplicationBootstrap = (): Promise<void> => hook(`${this.owner} onApplicationBootstrap`);
  onModuleDestroy = (): Promise<void> => hook(`${this.owner} onModuleDestroy`);
  beforeApplicationShutdown = (): Promise<void> => hook(`${this.owner} beforeApplicationShutdown`);
  onApplicationShutdown = (): Promise<void> => hook(`${this.owner} onApplicationShutdown`);
}

@Injectable()
class DbService extends Hooks {
  protected readonly owner = 'db';
}

@Injectable()
class WorkerHost extends Hooks {
  protected readonly owner = 'host';
  constructor(readonly db: DbService) {
    super();
  }
}

@Injectable()
class Orchestrator {
  onModuleInit = (): Promise<void> => hook('explore');
  onApplicationBootstrap = (): Promise<void> => hook('start');
  onModuleDestroy = (): Promise<void> => drain();
}

@Module({})
class FakeOrchestratorModule {
  constructor(modules: ModulesContainer) {
    bootstrapLastAndDestroyFirst(modules, FakeOrchestratorModule);
  }

  static forRoot(global: boolean): DynamicModule {
    return { module: FakeOrchestratorModule, global, providers: [Orchestrator] };
  }
}

const IN_GLOBAL_ROOT = 'in the root module, which is global, the host elsewhere';

/** Where the resource lives, seen from the host of the worker that uses it. */
const RESOURCES: Record<string, () => ModuleMetadata> = {
  'in the module of the host': () => {
    @Module({ providers: [DbService, WorkerHost] })
    class HostModule {}
    return { imports: [HostModule] };
  },
  'in a module that the module of the host imports': () => {
    @Module({ providers: [DbService], exports: [DbService] })
    class DbModule {}
    @Module({ imports: [DbModule], providers: [WorkerHost] })
    class HostModule {}
    return { imports: [HostModule] };
  },
  'in a global module': () => {
    @Global()
    @Module({ providers: [DbService], exports: [DbService] })
    class DbModule {}
    @Module({ providers: [WorkerHost] })
    class HostModule {}
    return { imports: [DbModule, HostModule] };
  },
  'in the root module, as is the host': () => ({ providers: [DbService, WorkerHost] }),
  [IN_GLOBAL_ROOT]: () => {
    @Module({ providers: [WorkerHost] })
    class HostModule {}
    return { imports: [HostModule], providers: [DbService], exports: [DbService] };
  },
};

const IMPORTS: Record<
  string,
  (own: DynamicModule, others: NonNullable<ModuleMetadata['imports']>) => ModuleMetadata
> = {
  first: (own, others) => ({ imports: [own, ...others] }),
  last: (own, others) => ({ imports: [...others, own] }),
  'in a feature module': (own, others) => {
    @Module({ imports: [own] })
    class FeatureModule {}
    return { imports: [...others, FeatureModule] };
  },
};

const CONTEXTS: Record<string, (root: Type) => Promise<INestApplicationContext>> = {
  'an application context': (root) => NestFactory.createApplicationContext(root, { logger: false }),
  'an Express application': (root) =>
    NestFactory.create(root, { logger: false }).then((app) => app.init()),
  'a Fastify application': (root) =>
    NestFactory.create(root, new FastifyAdapter(), { logger: false }).then((app) => app.init()),
  'a testing module': (root) =>
    Test.createTestingModule({ imports: [root] })
      .compile()
      .then((module) => module.init()),
  'the application of a testing module': (root) =>
    Test.createTestingModule({ imports: [root] })
      .compile()
      .then((module) => module.createNestApplication().init()),
};

function rootModule(resource: string, imported: string, global: boolean): Type {
  const { imports = [], ...others } = RESOURCES[resource]!();
  @Module({ ...others, ...IMPORTS[imported]!(FakeOrchestratorModule.forRoot(global), imports) })
  class RootModule extends Hooks {
    protected readonly owner = 'root';
  }
  if (resource === IN_GLOBAL_ROOT) Global()(RootModule);
  return RootModule;
}

const cases = Object.keys(CONTEXTS).flatMap((context) =>
  Object.keys(RESOURCES).flatMap((resource) =>
    Object.keys(IMPORTS).flatMap((imported) =>
      [true, false].map((global) => ({ context, resource, imported, global })),
    ),
  ),
);

describe.each(cases)(
  'in $context, with the resource $resource, imported $imported, global: $global',
  ({ context, resource, imported, global }) => {
    it('starts after every other bootstrap hook, and drains before any other hook of the shutdown', async () => {
      const app = await CONTEXTS[context]!(rootModule(resource, imported, global));
      const booted = log.splice(0);
      const closing = app.close();
      await drainHasBegun;
      await turn();
      const whileDraining = log.splice(0);
      endDrain();
      await closing;

      expect(booted.indexOf('explore begins')).toBeGreaterThan(
        booted.indexOf('root onModuleInit ends'),
      );
      expect(booted.slice(-2)).toEqual(['start begins', 'start ends']);
      expect(booted.filter((line) => line.endsWith('onApplicationBootstrap ends'))).toHaveLength(3);
      expect(whileDraining).toEqual(['drain begins']);
      expect(log[0]).toBe('drain ends');
      expect(log).toHaveLength(1 + 3 * 3 * 2);
    });
  },
);

it('drains before any other hook when a signal stops the application', async () => {
  const root = rootModule('in a global module', 'first', true);
  const app = await NestFactory.createApplicationContext(root, { logger: false });
  const stopped = deferred();
  const { kill } = process;
  app.enableShutdownHooks(['SIGUSR2']);
  log = [];

  kill(process.pid, 'SIGUSR2');
  await drainHasBegun;
  await turn();
  expect(log).toEqual(['drain begins']);

  // Nest ends by sending itself the signal again, without a listener this time.
  process.kill = () => {
    stopped.resolve();
    return true;
  };
  endDrain();
  await stopped.promise;
  process.kill = kill;
  expect(log[1]).toBe('drain ends');
  expect(log.at(-1)).toBe('db onApplicationShutdown ends');
});

it('leaves other applications of the process alone', async () => {
  const [first, second] = await Promise.all(
    [true, false].map((global) =>
      NestFactory.createApplicationContext(rootModule('in a global module', 'last', global), {
        logger: false,
      }),
    ),
  );

  for (const app of [first!, second!]) {
    expect(instancesOf(app.get(ModulesContainer), FakeOrchestratorModule)).toHaveLength(1);
  }
  endDrain();
  await Promise.all([first!.close(), second!.close()]);
});

it('counts a module that two places import by two calls of forRoot()', async () => {
  @Module({ imports: [FakeOrchestratorModule.forRoot(true)] })
  class FeatureModule {}
  @Module({ imports: [FakeOrchestratorModule.forRoot(true), FeatureModule] })
  class RootModule {}

  const app = await NestFactory.createApplicationContext(RootModule, { logger: false });

  expect(instancesOf(app.get(ModulesContainer), FakeOrchestratorModule)).toHaveLength(2);
});

it('refuses a version of Nest that keeps no distance', () => {
  const unordered = { metatype: FakeOrchestratorModule };
  const modules = new Map([['a', unordered]]) as unknown as ModulesContainer;

  expect(() => {
    bootstrapLastAndDestroyFirst(modules, FakeOrchestratorModule);
  }).toThrow('cannot tell in which order');
});

it('refuses a module that is not there', () => {
  expect(() => {
    bootstrapLastAndDestroyFirst(new ModulesContainer(), FakeOrchestratorModule);
  }).toThrow('FakeOrchestratorModule is not among the modules');
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
