import type { Pool, PoolConfig } from 'pg';
import type { BullMQSettings } from './bullmq-options.js';
import type { OnStoreError, Store } from './store.js';

/**
 * Loads the driver that the connection needs, and no other.
 *
 * @param storeTime what the store's wall clock shows, as far as this process knows
 * @param warn told of settings of the store under which it does not keep what it is given
 */
export async function openStore(
  settings: BullMQSettings,
  onError: OnStoreError,
  storeTime: () => number,
  warn: (problem: string) => void,
): Promise<Store> {
  const { connection } = settings;
  if (isPostgres(connection)) {
    const { openPostgresStore } = await import('./postgres-store.js');
    return openPostgresStore(connection, settings, onError, storeTime);
  }
  const { openRedisStore } = await import('./redis-store.js');
  return openRedisStore(connection, settings, onError, warn);
}

function isPostgres(
  connection: BullMQSettings['connection'],
): connection is string | PoolConfig | Pool {
  if (typeof connection === 'string') return /^postgres(ql)?:/.test(connection);
  return ['totalCount', 'connectionString', 'database', 'user'].some((key) => key in connection);
}
