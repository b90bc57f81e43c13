import { createPostgresBackend, Queue, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Fleet, Replica } from './fleet.js';

/** The one job that never ends: whoever works on it leads. Its worker bears the replica's id, with its process in it. */
const QUEUE = 'lead';
const JOB = 'leader';
const PROCESS = /-(\d+)-[0-9a-f]+$/;

/** Who leads, as the store knows it; nobody while a new leader is being found. */
export async function leaderOf(fleet: Fleet): Promise<Replica | undefined> {
  const { storeUrl } = fleet.settings;
  const read = storeUrl.startsWith('postgres') ? leadersOnPostgres : leadersOnRedis;
  const processedBy = await read(fleet.settings);
  const pid = Number(PROCESS.exec(processedBy ?? '')?.[1]);
  return fleet.up.find((replica) => replica.pid === pid);
}

type Read = (settings: Fleet['settings']) => Promise<string | undefined>;

const leadersOnRedis: Read = async ({ storeUrl, prefix }) => {
  const connection = new Redis(storeUrl, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const queue = new Queue(QUEUE, { connection, prefix });
  try {
    return (await queue.getJob(JOB))?.processedBy;
  } finally {
    await queue.close();
    connection.disconnect();
  }
};

const leadersOnPostgres: Read = async ({ storeUrl, prefix }) => {
  const onPostgres = withBackend(createPostgresBackend);
  const queue = new onPostgres.Queue(`${prefix}-${QUEUE}`, {
    connection: { connectionString: storeUrl, schema: prefix, max: 1 },
  });
  queue.on('error', () => undefined);
  try {
    return (await queue.getJob(JOB))?.processedBy;
  } finally {
    await queue.close();
  }
};
