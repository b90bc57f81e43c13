import { expect, inject, it } from 'vitest';
import { CarefulConnection } from '../../lib/engine/bullmq/careful-connection.js';

it('A connection to PostgreSQL that breaks while it is closed ends no process', async () => {
  const connection = new CarefulConnection({ connectionString: inject('postgresUrl') }, 1_000);
  const client = await connection.getListenClient();
  const { emit } = client as unknown as { emit: (type: string, error: Error) => boolean };

  const closing = connection.close();

  expect(() => emit.call(client, 'error', new Error('terminating connection'))).not.toThrow();
  await closing;
});
