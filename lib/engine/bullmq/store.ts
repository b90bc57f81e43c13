import type {
  Processor,
  Queue,
  QueueEvents,
  QueueEventsProducer,
  Worker,
  WorkerOptions,
} from 'bullmq';
import { USABLE } from './lease.js';

/**
 * The queues that an application's replicas share.
 *
 * - `lead`: one job that never ends; whoever holds its lock leads
 * - `runs`: attempts for the replicas to execute; its events tell of their ends
 * - `commands`: what replicas ask of the leader
 * - `memory`: snapshots, one waiting job for each worker
 * - `voice`: no jobs, only the leader's messages to all replicas
 */
export type QueueName = 'lead' | 'runs' | 'commands' | 'memory' | 'voice';

/** Redis or PostgreSQL, behind the same classes of BullMQ. What it opens, it closes. */
export interface Store {
  queue(name: QueueName): Queue;
  worker(
    name: QueueName,
    processor: Processor,
    options: Omit<WorkerOptions, 'connection' | 'prefix'>,
  ): Worker;
  events(name: QueueName): QueueEvents;
  producer(name: QueueName): QueueEventsProducer;
  /** The store's wall clock. */
  now(): Promise<number>;
  /** Whether it is by the clock of a replica that others' locks expire. */
  readonly trustsClocks: boolean;
  /** Never rejects; may hang with the store. */
  close(): Promise<void>;
}

/** Told of whatever goes wrong on a connection; BullMQ goes on trying by itself. */
export type OnStoreError = (error: Error) => void;

/**
 * In leases: where locks are judged by the replicas' clocks, those of others seem to have expired to one whose clock is
 * further ahead of the store's, while they are still acted upon.
 */
export const MOST_AHEAD = 1 - USABLE;

/** By default, a worker that cannot reach the store looks again after 15 s, and closes no sooner. */
export const RETRY = { runRetryDelay: 1_000 };
