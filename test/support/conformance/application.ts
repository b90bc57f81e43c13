import { randomBytes } from 'node:crypto';
import { onTestFinished, vi } from 'vitest';
import { defineWorker } from '../../../lib/core/definition/define-worker.js';
import type { WorkerOptions } from '../../../lib/core/definition/worker-options.js';
import type { OrchestratorEvent } from '../../../lib/core/event.js';
import type {
  Engine,
  EngineFactory,
  EngineSettings,
  EngineWorker,
} from '../../../lib/engine/engine.js';
import type { Clock } from '../../../lib/execution/clock.js';
import type { RunContext } from '../../../lib/execution/run-context.js';
import { SystemClock } from '../../../lib/execution/system-clock.js';

export type Body = (run: RunContext) => unknown;
export type Workers = Readonly<Record<string, WorkerOptions & { readonly body?: Body }>>;

/** Makes an engine; those of one application share what they must. */
export type House = (application: string) => EngineFactory;

export interface Member {
  readonly engine: Engine;
  /** Every event, in order. */
  readonly events: OrchestratorEvent[];
  readonly logged: string[];
  /** The events of a worker's runs, without their prefix. */
  told(worker: string): string[];
}

/** An application's replicas on one kind of engine, in real time; all are stopped with the test. */
export class Application {
  private readonly name = `t${randomBytes(6).toString('hex')}`;

  constructor(private readonly house: House) {}

  /** A replica that has these workers, and is started. */
  async replica(
    workers: Workers,
    settings: Partial<EngineSettings> = {},
    house = this.house,
    clock: Clock = new SystemClock(),
  ): Promise<Member> {
    const member = await this.stopped(workers, settings, house, clock);
    member.engine.prepare();
    await member.engine.start();
    return member;
  }

  async stopped(
    workers: Workers,
    settings: Partial<EngineSettings> = {},
    house = this.house,
    clock: Clock = new SystemClock(),
  ): Promise<Member> {
    const events: OrchestratorEvent[] = [];
    const logged: string[] = [];
    const log = (line: unknown): void => void logged.push(String(line));
    const engine = house(this.name)({
      settings: {
        maxConcurrentWorkers: 10,
        groups: new Map(),
        agingStepMs: 30_000,
        history: 50,
        tickIntervalMs: 0,
        shutdownTimeoutMs: 2_000,
        ...settings,
      },
      clock,
      logger: { log, warn: log, error: log },
      onEvent: (event) => void events.push(event),
    });
    onTestFinished(async () => {
      await engine.stop();
    });
    await engine.define(
      Object.entries(workers).map(([name, options]) => engineWorker(name, options)),
    );
    return {
      engine,
      events,
      logged,
      told: (worker) =>
        events
          .filter(
            (event) =>
              event.type.startsWith('run.') && 'worker' in event && event.worker === worker,
          )
          .map(({ type }) => type.slice(4)),
    };
  }
}

export function engineWorker(
  name: string,
  { body = () => undefined, ...options }: Workers[string],
): EngineWorker {
  const defined = defineWorker({
    place: name,
    name,
    options: { maxRetries: 0, ...options },
  });
  if ('problems' in defined) throw new Error(JSON.stringify(defined.problems));
  return { definition: defined.definition, call: body };
}

/** Resolves once it holds; fails with what does not, after a time in which it should. */
export function eventually(assertion: () => unknown): Promise<unknown> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 10 });
}
