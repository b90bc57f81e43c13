import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { CarefulConnection } from '../../lib/engine/bullmq/careful-connection.js';

type Emit = (type: string, error: Error) => boolean;

it('A connection to PostgreSQL that breaks while it is closed ends no process', async () => {
  const connection = new CarefulConnection({ connectionString: inject('postgresUrl') }, 1_000);
  const client = await connection.getListenClient();
  const { emit } = client as unknown as { emit: Emit };

  const closing = connection.close();

  expect(() => emit.call(client, 'error', new Error('terminating connection'))).not.toThrow();
  await closing;
});

it('A connection to PostgreSQL that is closed while it is made, and breaks then, ends no process', async () => {
  const connection = new CarefulConnection({ connectionString: inject('postgresUrl') }, 1_000);
  const making = connection.getListenClient();

  const closing = connection.close();

  const client = await making;
  const { emit } = client as unknown as { emit: Emit };
  expect(() => emit.call(client, 'error', new Error('terminating connection'))).not.toThrow();
  await closing;
});

it('A connection to PostgreSQL that is terminated in the same breath as it is made ends no process, and is made anew', async () => {
  const greeting = message('R', Buffer.alloc(4));
  const ready = message('Z', Buffer.from('I'));
  const terminated = message(
    'E',
    Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  );
  const server = createServer((socket) =>
    socket.once('data', () => socket.end(Buffer.concat([greeting, ready, terminated]))),
  ).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new CarefulConnection({ host: '127.0.0.1', port, user: 'anybody' }, 1_000);
  const invalidated = once(connection, 'listenerinvalidated');

  const first = await connection.getListenClient();

  await invalidated;
  expect(await connection.getListenClient()).not.toBe(first);
  await connection.close();
});

it('One connection to PostgreSQL listens for all parts, and each hears that it must listen again', async () => {
  const options = { connectionString: inject('postgresUrl') };
  const ear = new CarefulConnection(options, 1_000);
  const part = new CarefulConnection(options, 1_000, ear);
  ear.on('error', () => undefined);
  const client = await ear.getListenClient();
  expect(await part.getListenClient()).toBe(client);

  const invalidated = once(part, 'listenerinvalidated');
  (client as unknown as { emit: Emit }).emit('error', new Error('terminating connection'));
  await invalidated;
  const next = await part.getListenClient();
  expect(next).not.toBe(client);
  expect(next).toBe(await ear.getListenClient());

  await part.close();
  expect(ear.listenerCount('listenerinvalidated')).toBe(0);
  expect((await next.query('SELECT 1')).rowCount).toBe(1);
  await ear.close();
});

it('What several parts ask of the client that listens is asked in turns', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const connection = new CarefulConnection({ connectionString: inject('postgresUrl') }, 1_000);
  const client = await connection.getListenClient();

  const asked = ['SELECT 1', 'SELECT nonsense', 'SELECT 2'].map((text) => client.query(text));
  const outcomes = (await Promise.allSettled(asked)).map(({ status }) => status);

  expect(outcomes).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await connection.close();
  expect(warned).not.toHaveBeenCalled();
});

it('A part that is closed while it begins to listen is told to stop, and listens no more', async () => {
  const options = { connectionString: inject('postgresUrl') };
  const ear = new CarefulConnection(options, 1_000);
  const part = new CarefulConnection(options, 1_000, ear);
  const client = await part.getListenClient();
  const steps: string[] = [];
  part.on('listenerinvalidated', () => steps.push('interrupted'));
  const listening = client.query('LISTEN something').then(() => steps.push('waits'));

  await part.close();
  await listening;
  await vi.waitFor(() => expect(steps).toEqual(['waits', 'interrupted']), 15_000);

  await expect(part.getListenClient()).rejects.toThrow('Connection is closed.');
  await ear.close();
  await expect(ear.getListenClient()).rejects.toThrow('Connection is closed.');
});

/** Of PostgreSQL's protocol: a type, the length of what follows, and what follows. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + length.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}
