import type { Declarations, Introduction } from '../../lib/engine/bullmq/declaration.js';
import { afterEach, expect, vi } from 'vitest';
import { defineWorker } from '../../lib/core/definition/define-worker.js';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import type { OrchestratorEvent } from '../../lib/core/event.js';
import type { Engine, EngineSettings, EngineWorker } from '../../lib/engine/engine.js';
import { inProcess } from '../../lib/engine/in-process/in-process.js';
import type { StateStore } from '../../lib/engine/state-store.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

export type Body = (run: RunContext) => unknown;

export interface EngineLab {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  /** Every event, in order. */
  readonly events: OrchestratorEvent[];
  readonly logger: { log: Spy; warn: Spy; error: Spy };
  /** Called with each event, like an application's handlers. */
  listen(listener: (event: OrchestratorEvent) => void): void;
  define(name: string, options: WorkerOptions, body?: Body): Promise<void>;
  /** The events of a worker's runs, without their prefix. */
  told(worker: string): string[];
  /** Starts a run, which the test ends. */
  advance: VirtualClock['advance'];
}

type Spy = ReturnType<typeof vi.fn>;

export interface LabOptions extends Partial<EngineSettings> {
  readonly store?: StateStore;
  readonly clock?: VirtualClock;
}

/** An in-process engine in virtual time, whose workers neither retry nor time out unless they say so. */
export function engineLab({
  store,
  clock = new VirtualClock(),
  ...settings
}: LabOptions = {}): EngineLab {
  const events: OrchestratorEvent[] = [];
  const listeners: ((event: OrchestratorEvent) => void)[] = [];
  const logger = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const engine = inProcess(store === undefined ? {} : { store })({
    settings: {
      maxConcurrentWorkers: 10,
      groups: new Map(),
      agingStepMs: 30_000,
      history: 50,
      tickIntervalMs: 0,
      shutdownTimeoutMs: 30_000,
      ...settings,
    },
    clock,
    logger,
    onEvent: (event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    },
  });
  return {
    engine,
    clock,
    events,
    logger,
    listen: (listener) => void listeners.push(listener),
    define: (name, options, body = () => undefined) =>
      engine.define([engineWorker(name, options, body)]),
    told: (worker) =>
      events
        .filter(
          (event) => event.type.startsWith('run.') && 'worker' in event && event.worker === worker,
        )
        .map(({ type }) => type.slice(4)),
    advance: (duration) => clock.advance(duration),
  };
}

export function engineWorker(name: string, options: WorkerOptions, call: Body): EngineWorker {
  const defined = defineWorker({
    place: name,
    name,
    options: { maxRetries: 0, timeout: false, ...options },
  });
  if ('problems' in defined) throw new Error(JSON.stringify(defined.problems));
  return { definition: defined.definition, call };
}

/** A promise that the test settles. */
export function deferred<Value = void>(): {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { promise, resolve, reject };
}

/** Fails each test of the file that leaves an unhandled rejection, an uncaught exception or a warning behind. */
export function nothingEscapes(): void {
  const escaped: unknown[] = [];
  const record = (fault: unknown): void => void escaped.push(fault);
  process.on('unhandledRejection', record).on('uncaughtException', record).on('warning', record);
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(escaped.splice(0)).toEqual([]);
  });
}

/** Settles once that much virtual time has passed. */
export function sleepOn(clock: VirtualClock): (ms: number) => Promise<void> {
  return (ms) => new Promise((resolve) => void clock.setTimer(resolve, ms));
}

/** How the promise stands: its value, its error, or that it is pending. */
export async function peek(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending');
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === pending ? 'pending' : value),
    (error: unknown) => error,
  );
}

let revisions = 0;

/** Later than those before. */
export function introduction(replica: string, declarations: Declarations): Introduction {
  return { replica, revision: ++revisions, declarations };
}
