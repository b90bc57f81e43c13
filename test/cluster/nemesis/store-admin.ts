import { Redis } from 'ioredis';
import pg from 'pg';
import { startPostgres } from '../../support/servers/postgres-server.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { ServerProcess } from '../../support/servers/server-process.js';
import type { Census } from '../history/event.js';

export type StoreKind = 'redis' | 'postgres';

/** What an operator can do to a store, past all proxies. */
export interface StoreAdmin {
  census(): Promise<Census>;
  /** Ends every connection but its own. */
  killClients(): Promise<void>;
  /** Empties it. */
  forget(): Promise<void>;
}

export interface StoreUnderTest {
  readonly kind: StoreKind;
  readonly server: ServerProcess;
  readonly admin: StoreAdmin;
}

export async function startStore(kind: StoreKind): Promise<StoreUnderTest> {
  const server = kind === 'redis' ? await startRedis('always') : await startPostgres();
  const admin = kind === 'redis' ? redisAdmin(server.url) : postgresAdmin(server.url);
  return { kind, server, admin };
}

function redisAdmin(url: string): StoreAdmin {
  const ask = async <Answer>(what: (client: Redis) => Promise<Answer>): Promise<Answer> => {
    const client = new Redis(url, { maxRetriesPerRequest: 3 });
    client.on('error', () => undefined);
    try {
      return await what(client);
    } finally {
      client.disconnect();
    }
  };
  return {
    census: () =>
      ask(async (client) => ({
        entries: await client.dbsize(),
        connections: Number(/connected_clients:(\d+)/.exec(await client.info('clients'))?.[1]),
      })),
    killClients: () =>
      ask((client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal')).then(noResult),
    forget: () => ask((client) => client.flushall()).then(noResult),
  };
}

const OTHER_CLIENTS = `backend_type = 'client backend' AND pid <> pg_backend_pid()`;
const DEADLOCK = '40P01';
/** All but the one that says which tables there are. */
const TABLES = `
  SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'migration'`;

function postgresAdmin(url: string): StoreAdmin {
  const ask = async <Answer>(what: (client: pg.Client) => Promise<Answer>): Promise<Answer> => {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await what(client);
    } finally {
      await client.end().catch(noResult);
    }
  };
  const tables = async (client: pg.Client): Promise<string[]> =>
    (await client.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);
  const count = async (client: pg.Client, from: string): Promise<number> =>
    Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${from}`)).rows[0]?.count);
  return {
    census: () =>
      ask(async (client) => {
        let entries = 0;
        for (const table of await tables(client)) {
          // Of bounded length, and one entry in Redis.
          if (!table.endsWith('.event')) entries += await count(client, table);
        }
        const connections = await count(client, `pg_stat_activity WHERE ${OTHER_CLIENTS}`);
        return { entries, connections };
      }),
    killClients: () =>
      ask((client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OTHER_CLIENTS}`,
        ),
      ).then(noResult),
    forget: () =>
      ask(async (client) => {
        const truncate = `TRUNCATE ${(await tables(client)).join(', ')}`;
        for (let left = 20; ; left--) {
          try {
            await client.query(truncate);
            return;
          } catch (error) {
            // It takes all tables at once, and may meet a transaction that takes them in another order.
            if ((error as pg.DatabaseError).code !== DEADLOCK || left === 0) throw error;
          }
        }
      }),
  };
}

function noResult(): void {
  // What it answers is of no interest.
}
