import { Queue, QueueEvents, QueueEventsProducer, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { OnStoreError, Store } from './store.js';

/** Events are hints: so many are kept for those that are a little behind. */
const MOST_EVENTS = 10_000;

/** Redis, Valkey, and whatever else speaks their protocol. */
export async function openRedisStore(
  connection: string | RedisOptions | Redis,
  prefix: string,
  onError: OnStoreError,
): Promise<Store> {
  const template = newClient(connection);
  const opened: { close(force?: boolean): Promise<void> }[] = [];
  // Nothing that was decided before an outage may reach the store after it.
  const commands = template.duplicate({
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  const workers = template.duplicate({ maxRetriesPerRequest: null });
  for (const client of [commands, workers]) client.on('error', onError);
  await connected(commands);

  const keep = <Opened extends { on: unknown; close(force?: boolean): Promise<void> }>(
    one: Opened,
  ): Opened => {
    (one.on as (type: 'error', listener: OnStoreError) => void).call(one, 'error', onError);
    opened.push(one);
    return one;
  };
  const streams = { events: { maxLen: MOST_EVENTS } };
  return {
    queue: (name) => keep(new Queue(name, { connection: commands, prefix, streams })),
    worker: (name, processor, options) =>
      keep(new Worker(name, processor, { ...options, connection: workers, prefix })),
    events: (name) => keep(new QueueEvents(name, { connection: workers, prefix })),
    producer: (name) => keep(new QueueEventsProducer(name, { connection: commands, prefix })),
    async now() {
      const [seconds = 0, micros = 0] = await commands.time();
      return seconds * 1_000 + Math.floor(micros / 1_000);
    },
    trustsClocks: false,
    async close() {
      await Promise.allSettled(opened.map((one) => one.close(true)));
      for (const client of [commands, workers]) client.disconnect();
    },
  };
}

/** One that does not connect by itself: its duplicates do. */
function newClient(connection: string | RedisOptions | Redis): Redis {
  const lazy = { lazyConnect: true, maxRetriesPerRequest: null };
  if (connection instanceof Redis) return connection.duplicate(lazy);
  if (typeof connection !== 'string')
    return new Redis({ ...connection, ...lazy, replyMapping: 'legacy' });
  return new Redis(connection.replace(/^valkey(s?):/, 'redis$1:'), lazy);
}

function connected(client: Redis): Promise<void> {
  return client.status === 'wait' ? client.connect() : Promise.resolve();
}
