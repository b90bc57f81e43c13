import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module, type OnModuleDestroy, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  OrchestratorModule,
  OrchestratorService,
  Worker,
  WorkerExecutionMode,
  type OrchestratorOptions,
  type RunContext,
} from 'nestjs-orchestrator';
import { OrchestratorHealthModule } from 'nestjs-orchestrator/health';

/* A process of its own, in real time, which reports what it sees. See processes.test.ts. */

const report = (is: string, of: object = {}): void => {
  console.log(JSON.stringify({ is, ...of }));
};
/** By which runs are due: it is up to a millisecond or two ahead of the wall clock, or behind it. */
const steadyTime = (): number => performance.timeOrigin + performance.now();

const told = (run: RunContext): void => {
  const { worker, scheduledAt, missedCount } = run;
  report('run', { worker, due: scheduledAt.getTime(), missed: missedCount, at: steadyTime() });
};

@Injectable()
class Database implements OnModuleDestroy {
  isOpen = true;

  onModuleDestroy(): void {
    this.isOpen = false;
    report('database closed');
  }
}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

@Injectable()
class DatabaseWorkers {
  constructor(private readonly database: Database) {}

  @Worker({ name: 'busy', interval: '1h' })
  async busy({ signal }: RunContext): Promise<void> {
    report('ready');
    let [uses, usesClosed] = [0, 0];
    // Goes on until some time after the signal.
    for (let left = 30; left > 0; left -= isDraining ? 1 : 0) {
      await sleep(10);
      uses++;
      if (!this.database.isOpen) usesClosed++;
    }
    report('busy ended', { uses, usesClosed, isAborted: signal.aborted });
  }
}

let isDraining = false;

async function listen(options: OrchestratorOptions, providers: Type[] = []) {
  @Module({
    imports: [OrchestratorModule.forRoot(options), OrchestratorHealthModule, DatabaseModule],
    providers,
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  app.enableShutdownHooks();
  const orchestrator = app.get(OrchestratorService);
  orchestrator.events.subscribe((event) => {
    if (event.type === 'orchestrator.draining') isDraining = true;
    if (event.type.startsWith('orchestrator.') || event.type === 'run.abandoned') {
      report(event.type, 'worker' in event ? { worker: event.worker } : {});
    }
    if (event.type === 'run.skipped') {
      const { worker, reason, count } = event;
      report('skipped', { worker, reason, count });
    }
  });
  await app.listen(0, '127.0.0.1');
  return { app, orchestrator };
}

const scenarios: Record<string, () => Promise<unknown>> = {
  suspended: async () => {
    const { orchestrator } = await listen({});
    // It may be suspended in the midst of a run: with `skip` what falls due then would rightly be skipped.
    await orchestrator.registerWorker('w', told, { interval: 1_000, overlap: 'queue' });
  },

  stalled: async () => {
    const { app, orchestrator } = await listen({});
    const often = { interval: 100, overlap: 'queue', maxPending: 10 } as const;
    await orchestrator.registerWorker('once', told, { ...often, misfire: 'once' });
    await orchestrator.registerWorker('skip', told, { ...often, misfire: 'skip' });
    await orchestrator.registerWorker('all', told, { ...often, misfire: 'all' });
    await orchestrator.registerWorker('blocker', () => {
      const [from, began] = [Date.now(), performance.now()];
      while (performance.now() - began < 10_000);
      report('stalled', { from, to: Date.now() });
    });
    await sleep(300);
    await (await orchestrator.triggerWorker('blocker')).finished();
    const health = await fetch(`${await app.getUrl()}/health`);
    report('health', { status: health.status });
    await sleep(500);
    await app.close();
  },

  busy: () => listen({}, [DatabaseWorkers]),

  deaf: async () => {
    const { orchestrator } = await listen({ shutdownTimeout: 500 });
    await orchestrator.registerWorker(
      'deaf',
      () => {
        report('ready');
        return new Promise(() => undefined);
      },
      { interval: '1h', abortGrace: 200 },
    );
  },

  growth: async () => {
    const warnings: string[] = [];
    process.on('warning', ({ name }) => warnings.push(name));
    const { app, orchestrator } = await listen({ history: 20, maxConcurrentWorkers: 50 });
    let calls = 0;
    for (let k = 0; k < 50; k++) {
      await orchestrator.registerWorker(
        `w${String(k)}`,
        ({ signal }) => (signal.aborted ? 0 : ++calls),
        {
          executionMode: WorkerExecutionMode.CONTINUOUS,
        },
      );
    }
    const measure = async (): Promise<{ heap: number; listeners: number; runs: number }> => {
      await orchestrator.pause();
      await sleep(50);
      globalThis.gc!();
      globalThis.gc!();
      const listeners = process
        .eventNames()
        .reduce((sum, name) => sum + process.listenerCount(name), 0);
      const runs = (await orchestrator.getRuns()).length;
      const measured = { heap: process.memoryUsage().heapUsed, listeners, runs };
      await orchestrator.resume();
      return measured;
    };
    while (calls < 10_000) await sleep(5);
    const before = await measure();
    while (calls < 110_000) await sleep(5);
    report('growth', { before, after: await measure(), calls, warnings });
    await app.close();
  },
};

process.on('unhandledRejection', (error) => {
  report('unhandled', { error: String(error) });
});
await scenarios[process.argv[2] ?? '']?.();
