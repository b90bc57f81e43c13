import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.js';
import { startRedis } from './redis-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Redis, or Valkey; shared by all test files, so use a prefix of your own and harm nothing. */
    readonly redisUrl: string;
    /** PostgreSQL; shared as well. */
    readonly postgresUrl: string;
  }
}

/** Starts the servers once for all test files that need them. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { REDIS_URL } = process.env;
  const [redis, postgres] = await Promise.all([
    REDIS_URL === undefined ? startRedis() : undefined,
    startPostgres(),
  ]);
  provide('redisUrl', redis?.url ?? REDIS_URL!);
  provide('postgresUrl', postgres.url);
  return async () => {
    await Promise.all([redis?.close(), postgres.close()]);
  };
}
