import { setImmediate as nextTurn } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import {
  inProcess,
  OrchestratorModule,
  OrchestratorService,
  type EngineFactory,
} from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const CONTENDERS = 8;
const INCREMENTS_EACH = 100;

const prefix = `fuzz_${process.pid}`;
const ENGINES: Record<string, { replicas: number; engine: () => EngineFactory }> = {
  'in-process': { replicas: 1, engine: () => inProcess() },
  redis: {
    replicas: 3,
    engine: () => bullmq({ connection: inject('redisUrl'), prefix }),
  },
  postgres: {
    replicas: 3,
    engine: () => bullmq({ connection: inject('postgresUrl'), prefix }),
  },
};

/** Loses increments as soon as two of them overlap. */
class UnprotectedCounter {
  value = 0;

  async increment(): Promise<void> {
    const { value } = this;
    await nextTurn();
    this.value = value + 1;
  }
}

async function replicaOf(engine: EngineFactory, counter: UnprotectedCounter) {
  const declare = async (service: OrchestratorService): Promise<void> => {
    for (let k = 0; k < CONTENDERS; k++) {
      const increment = (): Promise<void> => counter.increment();
      await service.registerWorker(`contender-${k}`, increment, {
        tags: ['counter'],
        blocks: 'tag:counter',
      });
    }
  };
  const app = await NestFactory.createApplicationContext(
    {
      module: class Root {},
      imports: [OrchestratorModule.forRoot({ engine, maxConcurrentWorkers: CONTENDERS })],
      providers: [{ provide: 'declared', inject: [OrchestratorService], useFactory: declare }],
    },
    { logger: ['error'] },
  );
  onTestFinished(() => app.close());
  return app.get(OrchestratorService);
}

describe.each(Object.entries(ENGINES))('Exclusion by the %s engine', (_, { replicas, engine }) => {
  it('keeps eight contenders from losing one of 800 unprotected increments', async () => {
    const counter = new UnprotectedCounter();
    const services = await Promise.all(
      Array.from({ length: replicas }, () => replicaOf(engine(), counter)),
    );
    const contend = async (contender: number): Promise<void> => {
      const runs = Array.from({ length: INCREMENTS_EACH }, (_, k) =>
        services[k % replicas]!.triggerWorker(`contender-${contender}`),
      );
      await Promise.all(runs.map(async (run) => (await run).finished()));
    };
    await Promise.all(Array.from({ length: CONTENDERS }, (_, k) => contend(k)));
    expect(counter.value).toBe(CONTENDERS * INCREMENTS_EACH);
  }, 120_000);
});

describe('An unprotected counter', () => {
  it('loses increments that overlap', async () => {
    const counter = new UnprotectedCounter();
    await Promise.all([counter.increment(), counter.increment()]);
    expect(counter.value).toBe(1);
  });
});
