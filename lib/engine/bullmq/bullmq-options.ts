import type { RedisOptions, Redis } from 'ioredis';
import type { Duration } from '../../core/duration.js';

/** Options of {@link bullmq}. @publicApi */
export interface BullMQOptions {
  /** `redis://`, `rediss://`, `valkey://`; options of ioredis, or a client, which is duplicated. */
  readonly connection: string | RedisOptions | Redis;
  /** Tells applications apart that share a store. @default 'orchestrator' */
  readonly prefix?: string;
  /**
   * How long a replica that has vanished is waited for: its runs are lost, and the leader is replaced, within this and
   * two thirds of it. @default '6s'
   */
  readonly lease?: Duration;
}

export interface BullMQSettings {
  readonly connection: BullMQOptions['connection'];
  readonly prefix: string;
  readonly leaseMs: number;
  /** How long one call of the store may take. */
  readonly patienceMs: number;
}
