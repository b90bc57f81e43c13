import { Redis } from 'ioredis';
import pg from 'pg';

/** How many commands, or transactions, the store has seen since it was started. */
export async function storeOperations(url: string): Promise<number> {
  return url.startsWith('postgres') ? transactions(url) : commands(url);
}

async function commands(url: string): Promise<number> {
  const client = new Redis(url);
  const info = await client.info('stats');
  client.disconnect();
  return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
}

async function transactions(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  await client.end();
  return Number(rows[0]?.count);
}
