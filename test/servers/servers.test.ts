import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ownPostgres, ownRedis } from '../support/servers/own-servers.js';
import type { ServerProcess } from '../support/servers/server-process.js';

/** One request over a connection of its own; rejects where none is to be had, or nothing answers. */
const STORES = {
  redis: {
    start: () => ownRedis(),
    ask: async (url: string, write?: string) => {
      const client = new Redis(url, {
        lazyConnect: true,
        retryStrategy: null,
        commandTimeout: PATIENCE_MS,
      });
      const errors: Error[] = [];
      client.on('error', (error) => errors.push(error));
      try {
        await client.connect();
        if (write !== undefined) await client.set('note', write);
        return await client.get('note');
      } catch (error) {
        throw errors[0] ?? error; // What is rejected says no more than that the connection is closed.
      } finally {
        client.disconnect();
      }
    },
  },
  postgres: {
    start: () => ownPostgres(),
    ask: async (url: string, write?: string) => {
      const client = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: PATIENCE_MS,
        query_timeout: PATIENCE_MS,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('CREATE TABLE IF NOT EXISTS notes (note text)');
        if (write !== undefined) await client.query('INSERT INTO notes VALUES ($1)', [write]);
        const { rows } = await client.query<{ note: string }>('SELECT note FROM notes');
        return rows[0]?.note ?? null;
      } finally {
        client.end().catch(() => undefined);
      }
    },
  },
};
const PATIENCE_MS = 500;

describe.each(Object.entries(STORES))('A %s server of a test', (name, { start, ask }) => {
  it('starts empty, as others of its kind beside it', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await ask(one.url, 'kept');
    expect(await ask(one.url)).toBe('kept');
    expect(await ask(other.url)).toBeNull();
  });

  it('is killed, and comes back on the same port with what it had acknowledged', async () => {
    const server = await start();
    await ask(server.url, 'kept');
    await server.kill();
    await expect(ask(server.url)).rejects.toThrow('ECONNREFUSED');

    await server.start();
    expect(await ask(server.url)).toBe('kept');
  });

  it('hangs while it is paused', async () => {
    const server = await start();
    await ask(server.url, 'kept');
    server.pause();
    await expect(ask(server.url)).rejects.toThrow(/time(d )?out/i);

    server.resume();
    expect(await ask(server.url)).toBe('kept');
  });

  it('leaves nothing behind when it is closed', async () => {
    const server: ServerProcess = await start();
    await server.close();
    await expect(ask(server.url)).rejects.toThrow('ECONNREFUSED');
    await expect(server.start()).rejects.toThrow();
  });

  it('says what went wrong when it cannot start', async () => {
    const server = await start();
    const twice = Object.create(server) as ServerProcess;
    onTestFinished(() => twice.kill());
    await expect(twice.start()).rejects.toThrow(name === 'redis' ? /in use/ : /lock file/);
  });

  it('is there for all test files, started once', async () => {
    const url = name === 'redis' ? inject('redisUrl') : inject('postgresUrl');
    await expect(ask(url)).resolves.not.toThrow();
  });
});

describe('A PostgreSQL server of a test', () => {
  it('recovers what was committed before it was stopped immediately', async () => {
    const server = await ownPostgres();
    await STORES.postgres.ask(server.url, 'kept');
    await server.end('SIGQUIT');
    await server.start();
    expect(await STORES.postgres.ask(server.url)).toBe('kept');
  });
});

describe('A Redis server of a test', () => {
  it('forgets everything when it is killed, without persistence', async () => {
    const server = await ownRedis('off');
    await STORES.redis.ask(server.url, 'lost');
    await server.kill();
    await server.start();
    expect(await STORES.redis.ask(server.url)).toBeNull();
  });
});
