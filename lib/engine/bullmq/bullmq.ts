import { parseDuration } from '../../core/duration.js';
import type { EngineFactory } from '../engine.js';
import { BullMQEngine } from './bullmq-engine.js';
import type { BullMQOptions } from './bullmq-options.js';

/**
 * The distributed engine: as many replicas as share a Redis or Valkey behave as one.
 *
 * @example
 * ```ts
 * OrchestratorModule.forRoot({ engine: bullmq({ connection: process.env.QUEUE_URL }) })
 * ```
 * @publicApi
 */
export function bullmq({
  connection,
  prefix = 'orchestrator',
  lease = '6s',
}: BullMQOptions): EngineFactory {
  const leaseMs = parseDuration(lease) ?? 6_000;
  return (host) =>
    new BullMQEngine(host, { connection, prefix, leaseMs, patienceMs: Math.max(leaseMs, 2_000) });
}
