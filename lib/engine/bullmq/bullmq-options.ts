import type { Redis, RedisOptions } from 'ioredis';
import type { Pool, PoolConfig } from 'pg';
import { describeValue, type DefinitionProblem } from '../../core/definition/problem.js';
import { parseDuration, type Duration } from '../../core/duration.js';
import { WorkerDefinitionError } from '../../core/errors.js';

const SHORTEST_LEASE_MS = 1_000;
const SHORTEST_PATIENCE_MS = 2_000;
const URLS = /^(rediss?|valkeys?|postgres(ql)?):\/\//;

/** Options of {@link bullmq}. @publicApi */
export interface BullMQOptions {
  /**
   * `redis://`, `rediss://`, `valkey://`, `valkeys://` or `postgres://`; options of ioredis, or of pg (with
   * `connectionString`, `database` or `user`: otherwise they are taken for those of ioredis); a `Redis` of ioredis or a
   * `Pool` of pg, of which only the options are used: the engine opens, and closes, connections of its own, whose
   * number, time-outs and retries it decides. No `Cluster`.
   */
  readonly connection: string | RedisOptions | Redis | PoolConfig | Pool;
  /**
   * Tells applications apart that share a store: the prefix of keys in Redis, the schema in PostgreSQL. Letters, digits
   * and `_`, at most 48 of them, not beginning with a digit. @default 'orchestrator'
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

/** @throws WorkerDefinitionError naming every option that makes no sense; never what a connection holds */
export function readOptions({
  connection,
  prefix = 'orchestrator',
  lease = '6s',
  migrate = true,
}: BullMQOptions): BullMQSettings {
  const problems: DefinitionProblem[] = [];
  const reject = (option: string, value: string, remedy: string): void => {
    problems.push({ place: 'bullmq()', option, value, remedy });
  };
  if (typeof connection === 'string' ? !URLS.test(connection) : !isObject(connection)) {
    const remedy = 'use redis://, rediss://, valkey:// or postgres://, options, a client or a pool';
    reject('connection', typeof connection, remedy);
  } else if (isForeignClient(connection)) {
    const remedy = 'use a Redis of ioredis, which is no Cluster, or a Pool of pg; or their options';
    reject('connection', 'another client', remedy);
  }
  if (typeof prefix !== 'string' || !/^[a-z_]\w{0,47}$/i.test(prefix)) {
    reject(
      'prefix',
      describeValue(prefix),
      'use at most 48 letters, digits and "_", not beginning with a digit',
    );
  }
  const leaseMs = parseDuration(lease) ?? 0;
  if (leaseMs < SHORTEST_LEASE_MS) reject('lease', describeValue(lease), 'use at least one second');
  if (problems.length > 0) throw new WorkerDefinitionError(problems);
  const patienceMs = Math.max(leaseMs, SHORTEST_PATIENCE_MS);
  return { connection, prefix, leaseMs, migrate, patienceMs };
}

/** Taken for options, it would say nothing of its server: the connection would go to this machine. */
function isForeignClient(connection: object | string): boolean {
  if (typeof connection === 'string' || !('connect' in connection)) return false;
  const isRedis = 'isCluster' in connection && connection.isCluster === false;
  return !isRedis && !('totalCount' in connection);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
