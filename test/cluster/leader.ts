import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Fleet, Replica } from './fleet.js';

/** The one job that never ends: whoever works on it leads. Its worker bears the replica's id, with its process in it. */
const QUEUE = 'lead';
const JOB = 'leader';
const PROCESS = /-(\d+)-[0-9a-f]+$/;

/** Who leads, as the store knows it; nobody while a new leader is being found. */
export async function leaderOf(fleet: Fleet): Promise<Replica | undefined> {
  const { storeUrl, prefix } = fleet.settings;
  const connection = new Redis(storeUrl, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const queue = new Queue(QUEUE, { connection, prefix });
  try {
    const job = await queue.getJob(JOB);
    const pid = Number(PROCESS.exec(job?.processedBy ?? '')?.[1]);
    return fleet.up.find((replica) => replica.pid === pid);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
