import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  inProcess,
  OrchestratorModule,
  OrchestratorService,
  Worker,
  type Engine,
  type EngineHost,
  type OrchestratorAsyncOptions,
  type OrchestratorOptions,
  type OrchestratorOptionsFactory,
  type RunContext,
  type WorkerOptions,
} from 'nestjs-orchestrator';
import { nothingEscapes } from '../../engine/engine-lab.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { readSettings } from '../../../lib/orchestrator-settings.js';
import { boot, bootError, compile, linesOf } from './boot.js';

nothingEscapes();

const CONFIG = Symbol('config');

@Injectable()
class Host {
  readonly runs: RunContext[] = [];
  fault: Error | undefined;

  @Worker({ name: 'w', interval: '1m', maxRetries: 0 })
  work(run: RunContext): void {
    this.runs.push(run);
    if (this.fault !== undefined) throw this.fault;
  }
}

/** A module with the application's configuration. */
function configModule(config: OrchestratorOptions): DynamicModule {
  @Module({})
  class ConfigModule {}
  return {
    module: ConfigModule,
    providers: [{ provide: CONFIG, useValue: config }],
    exports: [CONFIG],
  };
}

describe('forRootAsync reads every option from injected configuration', () => {
  async function bootAsync(asyncOptions: OrchestratorAsyncOptions) {
    const app = await compile({
      imports: [OrchestratorModule.forRootAsync(asyncOptions)],
      providers: [Host],
    });
    await app.init();
    return { app, service: app.get(OrchestratorService), host: app.get(Host) };
  }

  const config = (clock: VirtualClock): OrchestratorOptions => ({
    clock,
    maxConcurrentWorkers: 7,
    overrides: { w: { interval: '10s' } },
  });

  it.each([
    [
      'useFactory with inject and imports',
      (options: OrchestratorOptions): OrchestratorAsyncOptions => ({
        imports: [configModule(options)],
        inject: [CONFIG],
        useFactory: async (injected: OrchestratorOptions) => injected,
      }),
    ],
    [
      'useClass',
      (options: OrchestratorOptions): OrchestratorAsyncOptions => {
        @Injectable()
        class Factory implements OrchestratorOptionsFactory {
          createOrchestratorOptions(): OrchestratorOptions {
            return options;
          }
        }
        return { useClass: Factory };
      },
    ],
    [
      'useExisting',
      (options: OrchestratorOptions): OrchestratorAsyncOptions => {
        @Injectable()
        class Existing implements OrchestratorOptionsFactory {
          createOrchestratorOptions(): Promise<OrchestratorOptions> {
            return Promise.resolve(options);
          }
        }
        @Module({ providers: [Existing], exports: [Existing] })
        class ExistingModule {}
        return { imports: [ExistingModule], useExisting: Existing };
      },
    ],
  ])('by %s', async (_, make) => {
    const clock = new VirtualClock();
    const { app, service, host } = await bootAsync(make(config(clock)));
    await clock.advance('30s');
    expect(host.runs).toHaveLength(4);
    expect(await service.getStatus()).toMatchObject({ maxConcurrentWorkers: 7 });
    await app.close();
  });
});

it('Without options the module has the defaults of the contract', () => {
  expect(readSettings({})).toMatchObject({
    engineSettings: {
      maxConcurrentWorkers: 5,
      agingStepMs: 30_000,
      shutdownTimeoutMs: 30_000,
      tickIntervalMs: 0,
    },
    autoStart: true,
    problems: [],
  });
});

describe('The option', () => {
  it('maxConcurrentWorkers bounds what runs', async () => {
    const { service, work, clock } = await boot({ options: { maxConcurrentWorkers: 2 } });
    for (const name of ['a', 'b', 'c']) {
      await work(
        name,
        { interval: '1m' },
        () => new Promise((resolve) => void clock.setTimer(() => resolve(1), 10)),
      );
    }
    await clock.advance(0);
    expect(await service.getStatus()).toMatchObject({ running: 2, waiting: 1 });
    expect(await service.explain('c')).toMatchObject({ binding: { reason: 'CAPACITY' } });
  });

  it('groups bounds each group', async () => {
    const { service, work, clock } = await boot({ options: { groups: { db: 1 } } });
    const body = (): Promise<unknown> =>
      new Promise((resolve) => void clock.setTimer(() => resolve(1), 10));
    await work('a', { interval: '1m', groups: ['db'] }, body);
    await work('b', { interval: '1m', groups: ['db'] }, body);
    await clock.advance(0);
    expect(await service.explain('b')).toMatchObject({ binding: { reason: 'GROUP_FULL' } });
  });

  it('defaults holds for each worker that does not say otherwise, overrides win over both', async () => {
    const { app, service, clock } = await boot({
      providers: [Host],
      options: {
        defaults: { maxConsecutiveFailures: 2, description: 'of the defaults', interval: '5s' },
        overrides: { w: { description: 'of the overrides' } },
      },
    });
    expect(await service.getWorker('w')).toMatchObject({ description: 'of the overrides' });
    await service.registerWorker('plain', () => undefined);
    await service.registerWorker('cron', () => undefined, { cron: '0 0 1 7 *' });
    expect(await service.getWorker('plain')).toMatchObject({ description: 'of the defaults' });
    await clock.advance('30s');
    expect((await service.getWorker('plain')).counts.succeeded).toBe(7);
    expect((await service.getWorker('cron')).counts.succeeded).toBe(0);
    app.get(Host).fault = new Error('no');
    await clock.advance('3m');
    expect(await service.getWorker('w')).toMatchObject({ enabled: false, failures: 2 });
  });

  it.each([
    ['the defaults', { defaults: { timeZone: 'Asia/Tokyo', cadence: 'fixed-delay' } }, {}, {}],
    [
      'the declarations',
      { overrides: { c: { cron: '0 9 * * *' }, i: { interval: '1m' } } },
      { timeZone: 'Asia/Tokyo' },
      { cadence: 'fixed-delay' },
    ],
  ] as const)(
    'a cron keeps the time zone, and an interval the cadence, that %s say',
    async (_, options, ofCron, ofInterval) => {
      const { service, work, clock } = await boot({ options });
      await work('c', { cron: '0 9 * * *', ...ofCron });
      await work('i', { interval: '1m', ...ofInterval }, () => {
        return new Promise((resolve) => void clock.setTimer(() => resolve(1), 30_000));
      });
      await work('triggered', {});
      await service.updateWorker('c', { cron: '0 10 * * *' });
      // In Tokyo, where the virtual clock's midnight is nine o'clock.
      expect((await service.getWorker('c')).nextDueAt).toEqual(new Date('2026-01-01T01:00:00Z'));
      await clock.advance('90s');
      expect((await service.getWorker('i')).counts.started).toBe(2);
      expect((await service.getRuns({ worker: 'i' }))[0]?.scheduledAt).toEqual(
        new Date('2026-01-01T00:01:30Z'),
      );
    },
  );

  it('an update stands beside those that other replicas have made, but for what cannot be sent', async () => {
    const elsewhere: { updates?: WorkerOptions } = {};
    const redefined: [number | undefined, unknown][] = [];
    const engine = (host: EngineHost): Engine => {
      const made = inProcess()(host);
      const { inForce, redefine } = made;
      made.inForce = async (name) => ({ ...(await inForce.call(made, name)), ...elsewhere });
      made.redefine = async (worker, updates) => {
        redefined.push([worker.definition.timeoutMs, updates]);
        await redefine.call(made, worker, updates);
      };
      return made;
    };
    const { service, work } = await boot({ options: { engine } });
    await work('w', { interval: '1m' });
    const retryIf = (): boolean => false;
    await service.updateWorker('w', { retryIf, concurrency: 2 });

    elsewhere.updates = { timeout: '10s' };
    await service.updateWorker('w', { maxRetries: 1 });

    expect(redefined.at(-1)).toEqual([10_000, { timeout: '10s', retryIf, maxRetries: 1 }]);
  });

  it('defaults of timing are not for pipeline steps, which have none', async () => {
    const { service, work, clock } = await boot({
      options: { defaults: { jitter: 1_000, initialDelay: '10s', runOnStart: true } },
    });
    await work('first', { interval: '1m' });
    await work('step', { runAfterDependencies: true, dependsOn: 'first' });
    await clock.advance('15s');
    expect((await service.getWorker('step')).counts.succeeded).toBe(1);
  });

  it('an option that is undefined says nothing, in each layer', async () => {
    const { service } = await boot({
      providers: [Host],
      options: {
        defaults: { description: 'kept' },
        overrides: { w: { description: undefined, interval: undefined } as never },
      },
    });
    expect(await service.getWorker('w')).toMatchObject({ description: 'kept' });
    expect((await service.getWorker('w')).counts.succeeded).toBe(1);
  });

  it('overrides may give another kind of schedule, and switch a worker off', async () => {
    const { app, service, clock } = await boot({
      providers: [Host],
      clock: new VirtualClock('2026-01-01T00:00:30Z'),
      options: { overrides: { w: { cron: '*/10 * * * * *' } } },
    });
    await clock.advance('30s');
    expect(app.get(Host).runs).toHaveLength(4);
    expect(await service.getWorker('w')).toMatchObject({ enabled: true });

    const other = await boot({
      providers: [Host],
      options: { overrides: { w: { enabled: false } } },
    });
    await other.clock.advance('5m');
    expect(other.app.get(Host).runs).toHaveLength(0);
    expect(await other.service.getWorker('w')).toMatchObject({ disabledBy: 'options' });
  });

  it("autoStart: 'triggers' runs what is triggered, and start() starts the rest", async () => {
    const { service, clock, events, work } = await boot({ options: { autoStart: 'triggers' } });
    const started = (): number => events.filter(({ type }) => type === 'run.started').length;
    await work('hourly', { interval: '1h' });

    await clock.advance('1h');
    expect(started()).toBe(0);
    await service.triggerWorker('hourly');
    expect(started()).toBe(1);
    await clock.advance(0);
    await service.start();
    await service.start();
    await clock.advance('1h');

    expect(started()).toBe(3);
    expect(events.filter(({ type }) => type === 'orchestrator.started')).toHaveLength(1);
  });

  it('random decides how long jitter delays', async () => {
    const { clock, events, work } = await boot({ options: { random: () => 0.25 } });
    await work('jittery', { interval: '1h', jitter: '20s' });
    await clock.advance('10s');

    const [start] = events.filter(({ type }) => type === 'run.started');
    expect(start?.at).toEqual(new Date('2026-01-01T00:00:05Z'));
  });

  it.each([
    ['NaN', () => NaN],
    ['-1', () => -1],
    ['Infinity', () => Infinity],
    ['"text"', () => '0.5'],
    [
      'a throw',
      () => {
        throw new Error('no entropy');
      },
    ],
  ])('random that gives %s counts as 0, which is reported once', async (_, random) => {
    const { clock, events, logger, work } = await boot({ options: { random } as never });
    await work('jittery', { interval: '1m', jitter: '20s' });
    await work('failing', { interval: '1m', maxRetries: 1 }, () => Promise.reject(new Error('no')));
    await clock.advance('61s');

    const starts = events.filter(({ type }) => type === 'run.started');
    expect(starts.filter((event) => 'worker' in event && event.worker === 'jittery')).toHaveLength(
      2,
    );
    expect(events.find(({ type }) => type === 'run.retrying')).toMatchObject({ delayMs: 1_000 });
    expect(linesOf(logger, 'error').filter((line) => line.includes('random'))).toHaveLength(1);
  });

  it('autoStart: false waits for start()', async () => {
    const { app, service, clock } = await boot({
      providers: [Host],
      options: { autoStart: false },
    });
    await clock.advance('5m');
    expect(app.get(Host).runs).toHaveLength(0);
    expect(clock.pending).toBe(0);
    expect(await service.getStatus()).toMatchObject({ state: 'stopped', workers: 1 });
    await expect(service.triggerWorker('w')).rejects.toMatchObject({
      code: 'ORCHESTRATOR_STOPPED',
    });
    await service.start();
    await service.start();
    await clock.advance(0);
    expect(app.get(Host).runs).toHaveLength(1);
  });

  it('shutdownTimeout is how long runs may go on', async () => {
    const { service, work, clock } = await boot({ options: { shutdownTimeout: '3s' } });
    await work(
      'w',
      { interval: '1m' },
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        }),
    );
    await clock.advance(0);
    const report = service.stop();
    await clock.advance('3s');
    expect(await report).toMatchObject({ durationMs: 3_000, aborted: [{ worker: 'w' }] });
  });

  it('agingStep lifts what waits', async () => {
    const { work, clock } = await boot({ options: { agingStep: '1s', maxConcurrentWorkers: 1 } });
    const body = (): Promise<unknown> =>
      new Promise((resolve) => void clock.setTimer(() => resolve(1), 100));
    let lowAt: number | undefined;
    const start = clock.now();
    for (const name of ['busy', 'busy-too']) await work(name, { interval: 100, priority: 3 }, body);
    await work('low', { priority: 0, interval: '1h' }, () => (lowAt = clock.now() - start));
    await clock.advance('5s');
    expect(lowAt).toBeLessThanOrEqual(4_200);
  });

  it('timeZone is that of cron patterns without one', async () => {
    const { service, work } = await boot({
      clock: new VirtualClock('2026-07-01T00:00:00Z'),
      options: { timeZone: 'Asia/Tokyo' },
    });
    await work('w', { cron: '0 12 * * *' });
    expect((await service.getWorker('w')).nextDueAt?.toISOString()).toBe(
      '2026-07-01T03:00:00.000Z',
    );
  });

  it('history is how many ended runs are kept', async () => {
    const { service, work, clock } = await boot({ options: { history: 3 } });
    await work('w', { interval: '1s' });
    await clock.advance('10s');
    expect(await service.getRuns()).toHaveLength(3);
  });

  it('history: 0 keeps none, and all goes on', async () => {
    const { service, work, clock } = await boot({ options: { history: 0 } });
    await work('w', {}, () => 'result');
    const run = await service.triggerWorker('w');
    await clock.advance(0);
    expect(await run.finished()).toBe('result');
    await expect(run.status()).rejects.toMatchObject({ code: 'UNKNOWN_RUN' });
    expect(await run.cancel()).toBe(false);
    expect(await service.getRuns()).toEqual([]);
  });

  it('tickInterval coalesces wake-ups', async () => {
    const { work, clock } = await boot({
      clock: new VirtualClock(0),
      options: { tickInterval: '1s' },
    });
    const at: number[] = [];
    await work('w', { interval: 700, runOnStart: false }, () => at.push(clock.now()));
    await clock.advance('5s');
    expect(at.length).toBeGreaterThan(3);
    expect(at.every((instant) => instant % 1_000 === 0)).toBe(true);
  });

  it('strict makes boot errors of warnings', async () => {
    const providers = [Host];
    const overrides = { typo: { enabled: false } };
    const { logger } = await boot({ providers, options: { overrides } });
    expect(linesOf(logger, 'warn').join()).toContain('"typo"');
    expect(
      await bootError({
        imports: [OrchestratorModule.forRoot({ overrides, strict: true })],
        providers,
      }),
    ).toMatchObject({ code: 'GRAPH_VALIDATION', message: expect.stringContaining('"typo"') });
  });

  it('engine makes the engine', async () => {
    let made = 0;
    await boot({
      options: {
        engine: (host) => {
          made++;
          return inProcess()(host);
        },
      },
    });
    expect(made).toBe(1);
  });
});
