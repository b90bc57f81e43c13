import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  PostgresQueueBackend,
  Queue,
  QueueEvents,
  QueueEventsProducer,
  SchemaMigrationRequiredError,
  Worker,
  type BackendFactory,
  type PostgresConnection,
  type PostgresPoolConfig,
  type QueueBaseOptions,
  type RedisQueueBackend,
} from 'bullmq';
import type { Pool, PoolConfig } from 'pg';
import { CarefulBackend } from './careful-backend.js';
import { CarefulConnection } from './careful-connection.js';
import type { BullMQSettings } from './bullmq-options.js';
import { paced } from './paced-events.js';
import { StoreParts } from './store-parts.js';
import { MOST_AHEAD, RETRY, type OnStoreError, type Store } from './store.js';

/** Of each replica, for what is asked of the queues; whoever waits for jobs or events asks over connections of its own. */
const MOST_CONNECTIONS = 4;
const READ_EVENTS_EACH_MS = 10;

/** The classes of BullMQ are typed for Redis, unless they say otherwise. */
type Factory = BackendFactory<RedisQueueBackend>;

/** PostgreSQL: a schema for each application. */
export async function openPostgresStore(
  connection: string | PoolConfig | Pool,
  { prefix, migrate, leaseMs, patienceMs }: BullMQSettings,
  onError: OnStoreError,
  storeTime: () => number,
): Promise<Store> {
  const config: PostgresPoolConfig = {
    ...configOf(connection),
    schema: prefix,
    connectionTimeoutMillis: patienceMs,
    // What asks over a connection whose other end is gone would wait for ever, and its place in the pool with it.
    query_timeout: patienceMs,
    keepAlive: true,
  };
  const connect = (options: PostgresPoolConfig, ear?: CarefulConnection): CarefulConnection => {
    const one = new CarefulConnection(options, patienceMs, ear);
    // A client that breaks while it is checked out tells nobody else, and would end the process.
    (one.pool as Pool).on('connect', (client) => client.on('error', onError));
    one.on('error', onError);
    return one;
  };
  const main = connect({ ...config, max: MOST_CONNECTIONS });
  const parts = new StoreParts(onError);
  const shared = ((name: string, options: QueueBaseOptions) =>
    new PostgresQueueBackend(main, name, options as never, false)) as unknown as Factory;
  const open = (name: string, options: QueueBaseOptions): CarefulBackend =>
    new CarefulBackend(
      connect(options.connection as PostgresPoolConfig, main),
      name,
      options as never,
      () => Math.round(Date.now() - storeTime()),
      leaseMs * MOST_AHEAD,
      leaseMs,
    );
  const own = open as unknown as Factory;
  const listening = ((...given: Parameters<typeof open>) =>
    paced(open(...given), READ_EVENTS_EACH_MS)) as unknown as Factory;
  // Notifications reach all that listen in the same database, whatever their schema.
  const named = (name: string): string => `${prefix}-${name}`;
  try {
    if (migrate && !(await isUpToDate(main, prefix))) {
      // Tables may take longer to change than anything that is asked of them, but nobody waits for ever until they may be.
      const long = { query_timeout: 0, lock_timeout: patienceMs };
      await passing(connect({ ...config, ...long, migrate, max: 1 }));
    }
    await main.waitUntilReady();
  } catch (error) {
    await main.close();
    throw error;
  }
  return {
    queue: (name) =>
      parts.queue(name, () => new Queue(named(name), { connection: config }, shared)),
    worker: (name, processor, options) =>
      parts.keep(
        new Worker(
          named(name),
          processor,
          { ...options, ...RETRY, connection: { ...config, max: 2 } },
          own,
        ),
      ),
    events: (name) =>
      parts.listening(
        new QueueEvents(
          named(name),
          { connection: { ...config, max: 1 }, autorun: false },
          listening,
        ),
      ),
    producer: (name) =>
      parts.producer(
        name,
        () => new QueueEventsProducer(named(name), { connection: config }, shared),
      ),
    async now() {
      const { rows } = await main.pool.query(
        'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
      );
      return Number((rows[0] as { now: string }).now);
    },
    trustsClocks: true,
    async close() {
      await parts.close(patienceMs);
      await main.close();
    },
  };
}

/** Migrating, even where there is nothing to change, would wait for whoever reads the tables, a backup for example. */
async function isUpToDate({ pool }: PostgresConnection, schema: string): Promise<boolean> {
  const client = await pool.connect();
  try {
    return (await assertSchemaCompatibility(client, schema)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false;
    throw error;
  } finally {
    client.release();
  }
}

/** Waits until it is ready, then closes it. */
async function passing(connection: PostgresConnection): Promise<void> {
  try {
    await connection.waitUntilReady();
  } finally {
    await connection.close();
  }
}

function configOf(connection: string | PoolConfig | Pool): PostgresPoolConfig {
  if (typeof connection === 'string') return { connectionString: connection };
  if (!('totalCount' in connection)) return connection as PostgresPoolConfig;
  // The password is hidden from copies.
  const { options } = connection;
  return { ...options, password: options.password } as PostgresPoolConfig;
}
