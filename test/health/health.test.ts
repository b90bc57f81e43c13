import {
  Injectable,
  Logger,
  Module,
  VersioningType,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  JobPriority,
  OptionsError,
  OrchestratorModule,
  OrchestratorService,
  Worker,
  type RunContext,
} from 'nestjs-orchestrator';
import { OrchestratorHealthModule } from 'nestjs-orchestrator/health';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

const SECRET = 'S3CRET';

@Injectable()
class Workers {
  release: () => void = () => undefined;
  outcome: () => void = () => undefined;

  @Worker({ name: 'long', blocks: 'short', timeout: false })
  long(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }

  @Worker({ name: 'short', interval: '1m', overdueAfter: '2m' })
  short(): void {
    // Nothing to do: that it may run is the point.
  }

  @Worker({ name: 'dependent', interval: '1m', dependsOn: 'never', overdueAfter: '2m' })
  dependent(): void {
    // Waits for a worker that nobody triggers.
  }

  @Worker({ name: 'never' })
  never(): void {
    // Runs when triggered only.
  }

  @Worker({ name: 'leaky', maxRetries: 0, maxConsecutiveFailures: 1 })
  leaky(): void {
    this.outcome();
    throw new Error(`connect postgres://u:p@/${SECRET}@db/x token=${SECRET} Bearer ${SECRET}`);
  }

  @Worker({
    name: 'critical',
    priority: JobPriority.CRITICAL,
    maxRetries: 0,
    maxConsecutiveFailures: 1,
  })
  critical(): void {
    throw new Error('broken');
  }

  @Worker({ name: 'deaf', timeout: '1s', abortGrace: '1s', maxRetries: 0 })
  deaf(_run: RunContext): Promise<void> {
    return new Promise(() => undefined);
  }
}

it.each([
  [null],
  [5],
  [{ showErrors: 'false' }],
  [{ showErrors: Object.create(null) as unknown }],
  [{ showError: true }],
])('OrchestratorHealthModule refuses the options %j', (options) => {
  const refused = (): unknown => OrchestratorHealthModule.forRoot(options as never);
  expect(refused).toThrow(OptionsError);
  expect(refused).toThrow(/^OrchestratorHealthModule\.forRoot\(\): /);
});

const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(adapters)('health over %s', (_name, adapter) => {
  const clock = new VirtualClock();
  let app: INestApplication;
  let orchestrator: OrchestratorService;

  async function listen(health: Parameters<typeof bootWith>[1]): Promise<void> {
    app = await bootWith(adapter(), health, clock);
    orchestrator = app.get(OrchestratorService);
    await app.listen(0, '127.0.0.1');
  }

  it('is there whatever versions the application has', async () => {
    app = await bootWith(adapter(), OrchestratorHealthModule, clock);
    app.enableVersioning({
      ...{ type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' },
    });
    await app.listen(0, '127.0.0.1');

    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect((await fetch(`${await app.getUrl()}${path}`)).status).toBe(200);
    }
  });

  afterEach(async () => {
    app.get(Workers).release();
    const closing = app.close();
    await clock.advance('5m');
    await closing;
  });

  async function get(path: string): Promise<{ status: number; body: HealthBody; text: string }> {
    const response = await fetch(`${await app.getUrl()}${path}`);
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as HealthBody };
  }

  it('is up while every worker runs when it should', async () => {
    await listen(OrchestratorHealthModule);

    const { status, body } = await get('/health');

    expect(status).toBe(200);
    expect(body.details.orchestrator).toMatchObject({ status: 'up', state: 'running', workers: 7 });
  });

  it('turns 503 when a worker is held up past its bound, naming who holds it, and recovers', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.triggerWorker('long');
    await clock.advance('2m');
    expect((await get('/health')).status).toBe(200);

    await clock.advance('61s');
    const { status, body } = await get('/health');
    expect(status).toBe(503);
    expect(body.details.orchestrator.problems).toEqual([
      { worker: 'short', finding: 'overdue', reason: 'BLOCKED', heldBy: 'long' },
    ]);

    app.get(Workers).release();
    await clock.advance(1);
    expect((await get('/health')).status).toBe(200);
  });

  it('names an excused wait without being down', async () => {
    await listen(OrchestratorHealthModule);
    await clock.advance('1h');

    const { status, body } = await get('/health');

    expect(status).toBe(200);
    expect(body.details.orchestrator.excused).toContainEqual({
      worker: 'dependent',
      finding: 'waiting',
      reason: 'DEPENDENCY',
      heldBy: 'never',
    });
  });

  it('B72: stays up, degraded, when a worker was disabled by its failures', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.triggerWorker('leaky');
    await clock.advance(1);

    const { status, body } = await get('/health');

    expect(status).toBe(200);
    expect(body.details.orchestrator.degraded).toContainEqual({
      worker: 'leaky',
      finding: 'auto-disabled',
    });
  });

  it('is down when a critical worker was disabled by its failures; live and ready are not', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.triggerWorker('critical');
    await clock.advance(1);

    expect((await get('/health')).status).toBe(503);
    expect((await get('/health/ready')).status).toBe(200);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('B20: names an abandoned attempt until it settles', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.triggerWorker('deaf');
    await clock.advance('3s');

    const { body } = await get('/health');

    expect(body.details.orchestrator.degraded).toContainEqual({
      worker: 'deaf',
      finding: 'abandoned',
    });
  });

  it('B73: shows no error text by default, and none of its secrets when asked to', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.triggerWorker('leaky');
    await clock.advance(1);
    expect((await get('/health')).text).not.toMatch(/S3CRET|postgres|stack/);
    await app.close();

    await listen(OrchestratorHealthModule.forRoot({ showErrors: true }));
    await orchestrator.triggerWorker('leaky');
    await clock.advance(1);
    const { text } = await get('/health');
    expect(text).toContain('postgres://***@db/x');
    expect(text).not.toContain(SECRET);
  });

  it('gives valid JSON whatever the workers are called', async () => {
    await listen(OrchestratorHealthModule);
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '123', '../x'];
    for (const name of names) {
      await orchestrator.registerWorker(name, () => Promise.reject(new Error('no')), {
        maxRetries: 0,
        maxConsecutiveFailures: 1,
      });
      await orchestrator.triggerWorker(name);
    }
    await clock.advance(1);

    const { degraded } = (await get('/health')).body.details.orchestrator;

    expect(degraded.map(({ worker }) => worker)).toEqual(expect.arrayContaining(names));
  });

  it('is down, but live, once the orchestrator has stopped', async () => {
    await listen(OrchestratorHealthModule);
    const stopping = orchestrator.stop();
    await clock.advance('1m');
    await stopping;

    expect((await get('/health')).status).toBe(503);
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('is ready, without asking anybody, as long as nothing keeps the engine from working', async () => {
    await listen(OrchestratorHealthModule);
    const unasked = vi
      .spyOn(orchestrator, 'getStatus')
      .mockReturnValue(new Promise(() => undefined));
    expect((await get('/health/ready')).status).toBe(200);

    const engineProblem = 'the store is gone';
    const told = vi
      .spyOn(orchestrator, 'getReadiness')
      .mockReturnValue({ state: 'running', engineProblem });
    const { status, body } = await get('/health/ready');

    expect(status).toBe(503);
    expect(body.details.orchestrator).toEqual({
      ...{ status: 'down', state: 'running', engine: 'unreachable' },
    });
    expect(unasked).not.toHaveBeenCalled();
    told.mockRestore();
  });

  it('stays up while an operator has paused everything', async () => {
    await listen(OrchestratorHealthModule);
    await orchestrator.pause();
    await clock.advance('1h');

    const { status, body } = await get('/health');

    expect(status).toBe(200);
    expect(body.details.orchestrator.paused).toBe(true);
  });
});

interface HealthBody {
  readonly details: {
    readonly orchestrator: {
      readonly paused: boolean;
      readonly problems: readonly object[];
      readonly degraded: readonly { readonly worker: string }[];
      readonly excused: readonly object[];
    };
  };
}

async function bootWith(
  adapter: ExpressAdapter | FastifyAdapter,
  health: Type | ReturnType<typeof OrchestratorHealthModule.forRoot>,
  clock: VirtualClock,
): Promise<INestApplication> {
  @Module({
    imports: [OrchestratorModule.forRoot({ clock }), health],
    providers: [Workers],
  })
  class App {}

  const testing = await Test.createTestingModule({ imports: [App] }).compile();
  Logger.overrideLogger(false);
  return testing.createNestApplication(adapter);
}
