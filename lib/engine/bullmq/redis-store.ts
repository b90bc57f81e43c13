import {
  createRedisBackend,
  Queue,
  QueueEvents,
  QueueEventsProducer,
  Worker,
  type BackendFactory,
  type RedisQueueBackend,
} from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { BullMQSettings } from './bullmq-options.js';
import { paced } from './paced-events.js';
import { StoreParts } from './store-parts.js';
import { RETRY, type OnStoreError, type QueueName, type Store } from './store.js';

/** Events are hints: so many are kept for those that are a little behind. */
const MOST_EVENTS = 10_000;
/** The end of a run that another replica executes may be heard so much later. */
const READ_RUNS_EACH_MS = 5;
const LONGEST_RETRY_MS = 1_000;
const QUEUES: readonly QueueName[] = ['lead', 'runs', 'commands', 'memory'];

/** Redis, Valkey, and whatever else speaks their protocol. */
export async function openRedisStore(
  connection: string | RedisOptions | Redis,
  { prefix, patienceMs }: BullMQSettings,
  onError: OnStoreError,
  warn: (problem: string) => void,
): Promise<Store> {
  const parts = new StoreParts(onError);
  // Connections that BullMQ duplicates would try again for ever, and keep the process alive.
  const retryStrategy = (times: number): number | null =>
    parts.isClosed ? null : Math.min(times * 50, LONGEST_RETRY_MS);
  const template = newClient(connection, { retryStrategy });
  // Nothing that was decided before an outage may reach the store after it.
  const commands = template.duplicate({
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: patienceMs,
  });
  // BullMQ gives up what it has to connect itself, where that fails once; what is connecting it waits for.
  const connecting = { lazyConnect: false };
  const workers = template.duplicate({ ...connecting, socketTimeout: patienceMs });
  // Those that BullMQ blocks in are silent by design: it watches over them itself. It hears their errors until it closes
  // them; later ones would be printed.
  workers.duplicate = (options) =>
    sayingItsEnd(template.duplicate({ ...options, ...connecting })).on('error', () => undefined);
  const clients = [commands, workers];
  for (const client of clients) client.on('error', onError);
  const close = async (): Promise<void> => {
    await parts.close(patienceMs);
    for (const client of clients) client.disconnect();
  };
  const streams = { events: { maxLen: MOST_EVENTS } };
  const queue = (name: QueueName): Queue =>
    parts.queue(name, () => new Queue(name, { connection: commands, prefix, streams }));
  try {
    await commands.connect();
    await warnOfEviction(commands, warn);
    // One that fails in its first moments stays so.
    await Promise.all(QUEUES.map((name) => queue(name).waitUntilReady()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    queue,
    worker: (name, processor, options) =>
      parts.keep(
        new Worker(name, processor, { ...options, ...RETRY, connection: workers, prefix }),
      ),
    events: (name) =>
      parts.listening(
        new QueueEvents(
          name,
          { connection: workers, prefix, autorun: false },
          name === 'runs' ? listeningToRuns : createRedisBackend,
        ),
      ),
    producer: (name) =>
      parts.producer(name, () => new QueueEventsProducer(name, { connection: commands, prefix })),
    async now() {
      const [seconds = 0, micros = 0] = await commands.time();
      return seconds * 1_000 + Math.floor(micros / 1_000);
    },
    trustsClocks: false,
    close,
  };
}

async function warnOfEviction(client: Redis, warn: (problem: string) => void): Promise<void> {
  // Some hosted stores do not tell.
  const memory = await client.info('memory').catch(() => '');
  const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? [];
  if (policy === 'noeviction') return;
  warn(
    `Redis may evict what the orchestrator remembers, and runs that wait: its maxmemory-policy is ${policy}. ` +
      'Set it to noeviction.',
  );
}

/**
 * While it waits until it tries again, it ends without a word. BullMQ would wait for that word for ever; hearing it, it
 * would connect it again.
 */
function sayingItsEnd(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client);
  const connect = client.connect.bind(client);
  let hasEnded = false;
  client.disconnect = (reconnect = false) => {
    const isWaiting = client.status === 'reconnecting';
    disconnect(reconnect);
    if (!isWaiting || reconnect) return;
    hasEnded = true;
    client.emit('end');
  };
  client.connect = () =>
    hasEnded ? Promise.reject(new Error('Connection is closed.')) : connect();
  return client;
}

const listeningToRuns: BackendFactory<RedisQueueBackend> = (...given) =>
  paced(createRedisBackend(...given), READ_RUNS_EACH_MS);

/** One that does not connect by itself: its duplicates do. */
function newClient(
  connection: string | RedisOptions | Redis,
  options: Required<Pick<RedisOptions, 'retryStrategy'>>,
): Redis {
  const lazy = { ...options, lazyConnect: true, maxRetriesPerRequest: null };
  if (typeof connection !== 'string') {
    // Of whichever copy of ioredis.
    if ('duplicate' in connection) return connection.duplicate(lazy);
    return new Redis({ ...connection, ...lazy, replyMapping: 'legacy' });
  }
  return new Redis(connection.replace(/^valkey(s?):/, 'redis$1:'), lazy);
}
