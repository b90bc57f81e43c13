import type { Redis, RedisOptions } from 'ioredis';
import type { Pool, PoolConfig } from 'pg';
import type { Duration } from '../../core/duration.js';

/** Options of {@link bullmq}. @publicApi */
export interface BullMQOptions {
  /**
   * `redis://`, `rediss://`, `valkey://` or `postgres://`; options of ioredis, or of pg (with `connectionString`,
   * `database` or `user`); a client or pool, of which only the options are used: the engine opens, and closes,
   * connections of its own.
   */
  readonly connection: string | RedisOptions | Redis | PoolConfig | Pool;
  /**
   * Tells applications apart that share a store: the prefix of keys in Redis, the schema in PostgreSQL. Letters, digits
   * and `_`, at most 48 of them. @default 'orchestrator'
   */
  readonly prefix?: string;
  /**
   * How long a replica that has vanished is waited for: its runs are lost, and the leader is replaced, within this and
   * two thirds of it. At least one second. @default '6s'
   */
  readonly lease?: Duration;
  /** Whether the tables in PostgreSQL are made, and brought up to date, at boot. @default true */
  readonly migrate?: boolean;
}

export interface BullMQSettings {
  readonly connection: BullMQOptions['connection'];
  readonly prefix: string;
  readonly leaseMs: number;
  readonly migrate: boolean;
  /** How long one call of the store may take. */
  readonly patienceMs: number;
}
