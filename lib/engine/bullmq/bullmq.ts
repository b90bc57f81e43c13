import type { EngineFactory } from '../engine.js';
import { readOptions, type BullMQOptions } from './bullmq-options.js';
import { ScopedEngine } from './scoped-engine.js';

/**
 * The distributed engine: as many replicas as share a Redis, Valkey or PostgreSQL behave as one.
 *
 * @example
 * ```ts
 * OrchestratorModule.forRoot({ engine: bullmq({ connection: process.env.QUEUE_URL ?? 'redis://localhost:6379' }) })
 * ```
 * @throws WorkerDefinitionError for options that make no sense
 * @publicApi
 */
export function bullmq(options: BullMQOptions): EngineFactory {
  const settings = readOptions(options);
  return (host) => new ScopedEngine(host, settings);
}
