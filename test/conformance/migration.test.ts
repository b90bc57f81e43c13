import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openStore } from '../../lib/engine/bullmq/open-store.js';
import type { Store } from '../../lib/engine/bullmq/store.js';

async function open(prefix: string, patienceMs = 2_000): Promise<Store> {
  const store = await openStore(
    { connection: inject('postgresUrl'), prefix, migrate: true, leaseMs: 1_500, patienceMs },
    () => undefined,
    () => Date.now(),
    () => undefined,
  );
  onTestFinished(() => store.close());
  return store;
}

/** Reads the table of migrations, as a backup would, until the test has ended. */
async function read(prefix: string, ...before: readonly string[]): Promise<void> {
  const client = new pg.Client(inject('postgresUrl'));
  await client.connect();
  onTestFinished(() => client.end());
  const reading = ['BEGIN', `LOCK TABLE ${prefix}.migration IN ACCESS SHARE MODE`];
  for (const statement of [...before, ...reading]) await client.query(statement);
}

it('Tables that cannot be migrated while somebody reads them are not waited for without end', async () => {
  const prefix = `unmigrated_${process.pid}`;
  await read(
    prefix,
    `CREATE SCHEMA ${prefix}`,
    `CREATE TABLE ${prefix}.migration (version integer PRIMARY KEY, name text NOT NULL)`,
  );
  await expect(open(prefix, 100)).rejects.toMatchObject({
    message: expect.stringContaining('lock timeout'),
  });
});

it('Tables that need no migration may be read by anybody', async () => {
  const prefix = `migrated_${process.pid}`;
  await (await open(prefix)).close();
  await read(prefix);
  const store = await open(prefix);
  expect(await store.queue('runs').getJobCountByTypes('wait')).toBe(0);
});
