import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import {
  OrchestratorModule,
  OrchestratorService,
  type OrchestratorOptions,
  type RunContext,
} from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import {
  OrchestratorMetrics,
  OrchestratorMetricsModule,
  OrchestratorTelemetryModule,
} from 'nestjs-orchestrator/metrics';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../support/conformance/application.js';
import { latch } from '../support/conformance/latch.js';
import { readExposition, valuesOf } from '../metrics/exposition.js';
import { TelemetryLab } from '../metrics/telemetry-lab.js';

const lab = new TelemetryLab();

interface Replica {
  readonly service: OrchestratorService;
  readonly close: () => Promise<void>;
  values(metric: string): Promise<Record<string, number>>;
}

type Bodies = Readonly<Record<string, (run: RunContext) => unknown>>;

/** Replicas of one application, each with a registry of its own. */
class Fleet {
  private readonly prefix = `seen${randomBytes(6).toString('hex')}`;

  constructor(
    private readonly connection: string,
    private readonly bodies: Bodies,
  ) {}

  async replica(role: OrchestratorOptions['role'] = 'all'): Promise<Replica> {
    const { connection, prefix } = this;
    const engine = bullmq({ connection, prefix, lease: 1_500 });
    const imports = [
      OrchestratorModule.forRoot({ engine, role }),
      OrchestratorMetricsModule.forRoot({ path: false }),
      OrchestratorTelemetryModule,
    ];
    const app = await NestFactory.createApplicationContext(
      { module: class Application {}, imports },
      { logger: false },
    );
    onTestFinished(() => app.close());
    const service = app.get(OrchestratorService);
    for (const [name, body] of Object.entries(this.bodies)) {
      await service.registerWorker(name, body, {
        maxRetries: 1,
        backoff: { type: 'fixed', delay: 10 },
      });
    }
    await app.init();
    return {
      service,
      close: () => app.close(),
      values: async (metric) =>
        valuesOf(readExposition(await app.get(OrchestratorMetrics).render()), metric),
    };
  }
}

/** The values of all of them, added up as a query adds them up. */
async function added(replicas: readonly Replica[], metric: string) {
  const total: Record<string, number> = {};
  for (const values of await Promise.all(replicas.map((replica) => replica.values(metric)))) {
    for (const [labels, value] of Object.entries(values)) {
      total[labels] = (total[labels] ?? 0) + value;
    }
  }
  return total;
}

describe.each(['redisUrl', 'postgresUrl'] as const)('On the store of %s', (url) => {
  it('what all replicas count adds up to what happened', async () => {
    const fails = ({ attempt }: RunContext): void => {
      if (attempt === 1) throw new Error('not yet');
    };
    const fleet = new Fleet(inject(url), { good: () => undefined, flaky: fails });
    const replicas = [await fleet.replica(), await fleet.replica(), await fleet.replica()];

    for (const { service } of replicas) {
      for (const name of ['good', 'flaky']) await (await service.triggerWorker(name)).finished();
    }

    expect(await added(replicas, 'orchestrator_runs_total')).toEqual({
      'worker=good,outcome=succeeded': 3,
      'worker=flaky,outcome=succeeded': 3,
    });
    expect(await added(replicas, 'orchestrator_retries_total')).toEqual({ 'worker=flaky': 3 });
    expect(await added(replicas, 'orchestrator_run_duration_seconds_count')).toEqual({
      'worker=good': 3,
      'worker=flaky': 3,
    });
    expect(await added(replicas, 'orchestrator_worker_state')).toEqual({
      'worker=good,state=idle': 1,
      'worker=flaky,state=idle': 1,
    });
    expect(await added(replicas, 'orchestrator_max_concurrent_workers')).toEqual({ '': 5 });
    expect(await added(replicas, 'orchestrator_leader')).toEqual({ '': 1 });
    expect(await added(replicas, 'orchestrator_state')).toEqual({ 'state=running': 3 });
  });

  it('a run is one trace: where it is decided about, where it is executed, and what its worker traces', async () => {
    const fleet = new Fleet(inject(url), {
      traced: ({ attempt }) => {
        trace.getTracer('application').startSpan('own').end();
        if (attempt === 1) throw new TypeError('not yet');
      },
    });
    const scheduler = await fleet.replica('scheduler');
    await fleet.replica('executor');
    const run = await scheduler.service.triggerWorker('traced');
    await run.finished();

    await eventually(() => {
      expect(lab.spansNamed('run traced')).toHaveLength(1);
    });
    const [whole] = lab.spansNamed('run traced');
    const attempts = lab.spansNamed('attempt traced');
    expect(whole?.attributes).toMatchObject({
      'orchestrator.run.id': run.id,
      'orchestrator.outcome': 'succeeded',
    });
    expect(attempts.map(({ attributes }) => attributes)).toMatchObject([
      { 'orchestrator.attempt': 1, 'orchestrator.outcome': 'failed', 'error.type': 'TypeError' },
      { 'orchestrator.attempt': 2, 'orchestrator.outcome': 'succeeded' },
    ]);
    for (const { parentSpanContext } of attempts) {
      expect(parentSpanContext).toMatchObject({
        traceId: whole?.spanContext().traceId,
        spanId: whole?.spanContext().spanId,
        isRemote: true,
      });
    }
    expect(lab.spansNamed('own').map((span) => span.parentSpanContext?.spanId)).toEqual(
      attempts.map((span) => span.spanContext().spanId),
    );
  });

  it('the next leader goes on with the count and the trace of a run', async () => {
    const gate = latch();
    const fleet = new Fleet(inject(url), { slow: () => gate.opened });
    const first = await fleet.replica('scheduler');
    const executor = await fleet.replica('executor');
    const run = await executor.service.triggerWorker('slow');
    const ended = run.finished();
    const next = await fleet.replica('scheduler');
    await first.close();
    await eventually(async () => {
      expect(await next.values('orchestrator_leader')).toEqual({ '': 1 });
    });
    gate.open();
    await ended;

    expect(await next.values('orchestrator_runs_total')).toEqual({
      'worker=slow,outcome=succeeded': 1,
    });
    await eventually(() => {
      expect(lab.spansNamed('run slow').map(({ attributes }) => attributes)).toMatchObject([
        { 'orchestrator.run.id': run.id, 'orchestrator.run.handed_over': true },
        {
          'orchestrator.run.id': run.id,
          'orchestrator.run.taken_over': true,
          'orchestrator.outcome': 'succeeded',
        },
      ]);
    });
    const [before, after] = lab.spansNamed('run slow');
    expect(after?.links.map(({ context }) => context.spanId)).toContain(
      before?.spanContext().spanId,
    );
    expect(lab.spansNamed('attempt slow')).toHaveLength(1);
  });
});
