import { parseDuration } from '../../core/duration.js';
import type { EngineFactory } from '../engine.js';
import { BullMQEngine } from './bullmq-engine.js';
import type { BullMQOptions } from './bullmq-options.js';

const SHORTEST_PATIENCE_MS = 2_000;

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
  migrate = true,
}: BullMQOptions): EngineFactory {
  const leaseMs = parseDuration(lease) ?? 6_000;
  const patienceMs = Math.max(leaseMs, SHORTEST_PATIENCE_MS);
  return (host) => new BullMQEngine(host, { connection, prefix, leaseMs, migrate, patienceMs });
}
