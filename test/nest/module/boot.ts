import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, vi, type Mock } from 'vitest';
import {
  OrchestratorModule,
  OrchestratorService,
  type OrchestratorEvent,
  type OrchestratorOptions,
  type RunContext,
  type WorkerOptions,
} from 'nestjs-orchestrator';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';

export interface Booted {
  readonly app: INestApplication;
  readonly service: OrchestratorService;
  readonly clock: VirtualClock;
  readonly logger: Log;
  readonly events: OrchestratorEvent[];
  /** Registers a worker that neither retries nor times out, unless it says so. */
  work(name: string, options: WorkerOptions, body?: (run: RunContext) => unknown): Promise<void>;
}

export type Log = Record<'log' | 'warn' | 'error' | 'debug', Mock<(message: unknown) => void>>;

interface Boot extends ModuleMetadata {
  readonly options?: OrchestratorOptions;
  readonly clock?: VirtualClock;
}

const open: INestApplication[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) {
    const clock = clocks.get(app);
    const closed = app.close();
    for (let turn = 0; turn < 3; turn++) await clock?.advance('2m');
    await closed;
  }
});

const clocks = new WeakMap<INestApplication, VirtualClock>();

/** A real application in virtual time, closed after the test. */
export async function boot({
  options = {},
  clock = new VirtualClock(),
  ...metadata
}: Boot = {}): Promise<Booted> {
  const { imports = [], ...others } = metadata;
  const app = await compile(
    {
      imports: [OrchestratorModule.forRoot({ clock, ...options }), ...imports],
      ...others,
    },
    clock,
  );
  const service = app.get(OrchestratorService);
  const events: OrchestratorEvent[] = [];
  service.events.subscribe((event) => void events.push(event));
  await app.init();
  return {
    app,
    service,
    clock,
    logger: logs.get(app)!,
    events,
    work: (name, workerOptions, body = () => undefined) =>
      service.registerWorker(name, body, { maxRetries: 0, timeout: false, ...workerOptions }),
  };
}

const logs = new WeakMap<INestApplication, Log>();

/** Not initialised yet. */
export async function compile(
  metadata: ModuleMetadata,
  clock?: VirtualClock,
): Promise<INestApplication> {
  const logger: Log = { log: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };
  const builder = Test.createTestingModule(metadata).setLogger(logger);
  const app = (await builder.compile()).createNestApplication({ logger });
  if (clock !== undefined) clocks.set(app, clock);
  logs.set(app, logger);
  open.push(app);
  return app;
}

/** What the application refuses to boot with. */
export async function bootError(metadata: ModuleMetadata): Promise<unknown> {
  try {
    const app = await compile(metadata);
    await app.init();
    return undefined;
  } catch (error) {
    return error;
  }
}

export function linesOf(log: Log, level: keyof Log): string[] {
  return log[level].mock.calls.map(([message]) => String(message));
}
