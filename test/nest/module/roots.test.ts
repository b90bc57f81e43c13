import {
  Controller,
  Get,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import {
  inProcess,
  OnWorkerEvent,
  OrchestratorModule,
  OrchestratorService,
  Worker,
  type StateStore,
} from 'nestjs-orchestrator';
import { nothingEscapes } from '../../engine/engine-lab.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { boot, bootError, compile } from './boot.js';

nothingEscapes();

@Injectable()
class Host {
  calls = 0;
  @Worker({ name: 'w', interval: '1s' })
  work(): void {
    this.calls++;
  }
}

describe('B32: a second root import is refused', () => {
  const root = (): DynamicModule => OrchestratorModule.forRoot({ clock: new VirtualClock() });
  const asyncRoot = (): DynamicModule =>
    OrchestratorModule.forRootAsync({ useFactory: () => ({ clock: new VirtualClock() }) });

  function feature(module: DynamicModule): DynamicModule {
    @Module({})
    class FeatureModule {}
    return { module: FeatureModule, imports: [module] };
  }

  it.each([
    ['forRoot twice', () => [root(), root()]],
    ['forRootAsync twice', () => [asyncRoot(), asyncRoot()]],
    ['forRoot and forRootAsync', () => [root(), asyncRoot()]],
    ['forRoot in a feature module too', () => [root(), feature(root())]],
    ['forRootAsync in two feature modules', () => [feature(asyncRoot()), feature(asyncRoot())]],
  ])('%s', async (_, imports) => {
    const error = await bootError({ imports: imports(), providers: [Host] });
    expect(error).toMatchObject({ code: 'DUPLICATE_MODULE' });
  });

  it('also in a module that is loaded lazily; the first one goes on', async () => {
    const { app, clock } = await boot({ providers: [Host] });
    await expect(app.get(LazyModuleLoader).load(() => feature(root()))).rejects.toMatchObject({
      code: 'DUPLICATE_MODULE',
    });
    await clock.advance('5s');
    expect(app.get(Host).calls).toBe(6);
  });

  it('but the same module object in two places is one import', async () => {
    const clock = new VirtualClock();
    const module = OrchestratorModule.forRoot({ clock });
    const app = await compile({ imports: [module, feature(module)], providers: [Host] }, clock);
    await app.init();
    await clock.advance('5s');
    expect(app.get(Host).calls).toBe(6);
  });
});

describe('A root import without forRoot()', () => {
  it('is refused, saying what to call', async () => {
    const error = await bootError({ imports: [OrchestratorModule], providers: [Host] });
    expect((error as Error).message).toContain('give an object to forRoot()');
  });
});

describe('Two applications in one process', () => {
  it('work independently of each other', async () => {
    const one = await boot({ providers: [Host] });
    const other = await boot({
      providers: [Host],
      options: { overrides: { w: { interval: '10s' } } },
    });
    await Promise.all([one.clock.advance('20s'), other.clock.advance('20s')]);
    expect(one.app.get(Host).calls).toBe(21);
    expect(other.app.get(Host).calls).toBe(3);
    await one.app.close();
    await other.clock.advance('10s');
    expect(other.app.get(Host).calls).toBe(4);
    expect(one.app.get(Host).calls).toBe(21);
    expect(await other.service.getStatus()).toMatchObject({ state: 'running' });
  });
});

describe('Other providers, in their hooks', () => {
  it('register workers when they hear of others, also while the boot defines them', async () => {
    @Injectable()
    class Companions {
      readonly ran: string[] = [];
      constructor(private readonly orchestrator: OrchestratorService) {}

      @Worker({ name: 'first' }) first(): void {}

      @OnWorkerEvent('worker.registered', 'first')
      async companion(): Promise<void> {
        await this.orchestrator.registerWorker('companion', () => this.ran.push('companion'), {
          dependsOn: [{ worker: 'first', condition: 'idle' }],
          interval: '1m',
        });
        await expect(
          this.orchestrator.registerWorker('first', () => undefined),
        ).rejects.toMatchObject({ code: 'DUPLICATE_WORKER' });
      }

      @OnWorkerEvent('worker.registered', 'companion')
      async describe(): Promise<void> {
        await this.orchestrator.updateWorker('companion', { description: 'of the first' });
      }
    }
    const { app, service, clock, logger } = await boot({ providers: [Companions] });
    await clock.advance(0);

    expect(await service.getWorker('companion')).toMatchObject({ description: 'of the first' });
    expect(app.get(Companions).ran).toEqual(['companion']);
    expect(logger.error).not.toHaveBeenCalled();
  });

  it('update a worker whose registration the store has not answered yet', async () => {
    const saves: (() => void)[] = [];
    const store: StateStore = {
      load: () => [],
      save: () => new Promise((resolve) => void saves.push(resolve)),
    };
    const { service, clock } = await boot({ options: { engine: inProcess({ store }) } });
    const registered = service.registerWorker('w', () => undefined, { interval: '1h' });
    const updated = service.updateWorker('w', { description: 'changed' });
    for (let turn = 0; turn < 5; turn++) {
      for (const answer of saves.splice(0)) answer();
      await clock.advance(0);
    }
    await Promise.all([registered, updated]);

    expect(await service.getWorker('w')).toMatchObject({ description: 'changed' });
  });

  it('register workers that refer to decorated ones, and are referred to by them', async () => {
    @Injectable()
    class Early implements OnModuleInit, OnApplicationBootstrap {
      readonly ran: string[] = [];
      constructor(private readonly orchestrator: OrchestratorService) {}

      async onModuleInit(): Promise<void> {
        await this.orchestrator.registerWorker('early', () => this.ran.push('early'), {
          dependsOn: ['decorated'],
          interval: '1m',
        });
      }

      async onApplicationBootstrap(): Promise<void> {
        await this.orchestrator.registerWorker('late', () => this.ran.push('late'), {
          dependsOn: ['early'],
          interval: '1m',
        });
        expect(this.ran).toEqual([]);
      }

      @Worker({ name: 'decorated', interval: '1m', blocks: ['early'] })
      decorated(): void {
        this.ran.push('decorated');
      }
    }
    const { app, clock } = await boot({ providers: [Early] });
    await clock.advance('1m');
    expect(app.get(Early).ran).toEqual([
      'decorated',
      'early',
      'late',
      'decorated',
      'early',
      'late',
    ]);
  });

  it('trigger workers: kept from onApplicationBootstrap on, refused clearly before', async () => {
    const errors: unknown[] = [];
    @Injectable()
    class Eager implements OnModuleInit, OnApplicationBootstrap {
      calls = 0;
      constructor(private readonly orchestrator: OrchestratorService) {}

      async onModuleInit(): Promise<void> {
        for (const call of [
          this.orchestrator.triggerWorker('w'),
          this.orchestrator.disableWorker('w'),
        ]) {
          await call.catch((error: unknown) => errors.push(error));
        }
      }

      async onApplicationBootstrap(): Promise<void> {
        const run = await this.orchestrator.triggerWorker('w', { payload: 'boot' });
        expect(await run.status()).toBe('waiting');
        expect(await this.orchestrator.getStatus()).toMatchObject({ state: 'starting' });
        expect(this.calls).toBe(0);
      }

      @Worker({ name: 'w' })
      work(): void {
        this.calls++;
      }
    }
    const { app, clock } = await boot({ providers: [Eager] });
    await clock.advance(0);
    expect(app.get(Eager).calls).toBe(1);
    expect(errors).toMatchObject([
      { code: 'ORCHESTRATOR_STOPPED', message: expect.stringContaining('starting') },
      { code: 'ORCHESTRATOR_STOPPED' },
    ]);
  });

  it('may update, and take back, what they registered before the boot', async () => {
    const outcome: string[] = [];
    @Injectable()
    class Early implements OnModuleInit {
      constructor(private readonly orchestrator: OrchestratorService) {}

      async onModuleInit(): Promise<void> {
        await this.orchestrator.registerWorker('a', () => outcome.push('a'), { interval: '1m' });
        await this.orchestrator.registerWorker('b', () => outcome.push('b'), { interval: '1m' });
        await this.orchestrator
          .registerWorker('a', () => outcome.push('a again'))
          .catch((error: unknown) => outcome.push((error as { code: string }).code));
        await this.orchestrator.unregisterWorker('b');
        await this.orchestrator.updateWorker('a', { interval: '10s' });
      }
    }
    const { clock } = await boot({ providers: [Early] });
    await clock.advance('20s');
    expect(outcome).toEqual(['DUPLICATE_WORKER', 'a', 'a', 'a']);
  });
});

describe('An application that closes', () => {
  it.each([
    ['local, imported first', false, 'first'],
    ['local, imported last', false, 'last'],
    ['global, imported first', true, 'first'],
    ['global, imported last', true, 'last'],
  ] as const)(
    'B47: drains before the database closes, whose module is %s',
    async (_, global, place) => {
      const seen: boolean[] = [];
      @Injectable()
      class Database implements OnModuleDestroy {
        isOpen = true;
        onModuleDestroy(): void {
          this.isOpen = false;
        }
      }
      @Module({})
      class DatabaseModule {}
      const database = {
        module: DatabaseModule,
        global,
        providers: [Database],
        exports: [Database],
      };

      const clock = new VirtualClock();
      @Injectable()
      class Busy {
        constructor(private readonly database: Database) {}
        @Worker({ name: 'busy', interval: '1h' })
        async work(): Promise<void> {
          for (let step = 0; step < 30; step++) {
            seen.push(this.database.isOpen);
            await new Promise((resolve) => void clock.setTimer(() => resolve(1), 10));
          }
          seen.push(this.database.isOpen);
        }
      }
      @Module({ imports: [database], providers: [Busy] })
      class BusyModule {}
      const orchestrator = OrchestratorModule.forRoot({ clock });
      const app = await compile(
        {
          imports:
            place === 'first'
              ? [database, BusyModule, orchestrator]
              : [orchestrator, BusyModule, database],
        },
        clock,
      );
      await app.init();
      await clock.advance(100);
      const closed = app.close();
      await clock.advance('1s');
      await closed;
      expect(seen).toHaveLength(31);
      expect(seen).not.toContain(false);
      expect(app.get(Database, { strict: false }).isOpen).toBe(false);
      expect(clock.pending).toBe(0);
    },
  );

  it('B40 f: while a run of it calls stop() waits for neither for ever', async () => {
    const { app, service, work, clock } = await boot();
    let report: unknown;
    await work('w', { interval: '1h' }, async () => {
      await new Promise((resolve) => void clock.setTimer(() => resolve(1), 50));
      report = await service.stop();
    });
    await clock.advance(0);
    const closed = app.close();
    await clock.advance(50);
    await closed;
    await clock.advance(0);
    expect(report).toMatchObject({ finished: [], abandoned: [] });
    expect(clock.pending).toBe(0);
  });

  it('at any moment of its boot, is stopped for good, and refuses triggers', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const clock = new VirtualClock();
      const app = await compile(
        { imports: [OrchestratorModule.forRoot({ clock })], providers: [Host] },
        clock,
      );
      const booted = app.init();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await app.close();
      await booted;
      const service = app.get(OrchestratorService);
      expect(await service.getStatus()).toMatchObject({ state: 'stopped' });
      await expect(service.triggerWorker('w')).rejects.toMatchObject({
        code: 'ORCHESTRATOR_STOPPED',
      });
    }
  });

  it('B43: in the tick in which it boots, fifty times, leaves nothing alive', async () => {
    for (let time = 0; time < 50; time++) {
      const clock = new VirtualClock();
      const app = await compile(
        { imports: [OrchestratorModule.forRoot({ clock })], providers: [Host] },
        clock,
      );
      const [booted, closed] = [app.init(), app.close()];
      await booted;
      await closed;
      await clock.advance(0);
      expect(clock.pending).toBe(0);
      const { calls } = app.get(Host);
      await clock.advance('1m');
      expect(app.get(Host).calls).toBe(calls);
    }
  });
});

describe.each([
  ['Express', () => undefined],
  ['Fastify', () => new FastifyAdapter()],
])('Over HTTP with %s', (_, adapter) => {
  it('a controller triggers a worker, awaits its result, and may itself be a host', async () => {
    const clock = new VirtualClock();
    @Controller()
    class Reports {
      constructor(private readonly orchestrator: OrchestratorService) {}

      @Get('report')
      async report(): Promise<unknown> {
        return (await this.orchestrator.triggerWorker('report', { payload: { n: 20 } })).finished();
      }

      @Worker({ name: 'report' })
      work({ payload }: { readonly payload: { n: number } }): unknown {
        return { doubled: payload.n * 2 };
      }

      @Get('status')
      status(): Promise<unknown> {
        return this.orchestrator.getStatus();
      }
    }
    @Module({ imports: [OrchestratorModule.forRoot({ clock })], controllers: [Reports] })
    class AppModule {}
    const http = adapter();
    const app =
      http === undefined
        ? await NestFactory.create(AppModule, { logger: false })
        : await NestFactory.create(AppModule, http, { logger: false });
    await app.listen(0);
    try {
      const server = app.getHttpServer() as Parameters<typeof request>[0];
      const report = await request(server).get('/report');
      expect(report.body).toEqual({ doubled: 40 });
      const status = await request(server).get('/status');
      expect(status.body).toMatchObject({ workers: 1, workerStates: [{ name: 'report' }] });
    } finally {
      await app.close();
    }
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
