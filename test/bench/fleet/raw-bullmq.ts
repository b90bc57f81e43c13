import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { median } from '../statistics.js';
import { PLACES, SINGLE_RUNS, type Size } from './size.js';

export interface RawFigures {
  /** Each ending adds the next. */
  readonly closedLoopPerSecond: number;
  readonly fullQueuePerSecond: number;
  readonly toStartMs: number;
}

const KEEP_FEW = { removeOnComplete: 100, removeOnFail: 100 };

/** No-op jobs of BullMQ alone, on Redis. */
export async function measureRaw({ url, prefix, runs }: Size): Promise<RawFigures> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('raw', { connection, prefix });
  let onStart = (): void => undefined;
  let onEnd = (): void => undefined;
  const worker = new Worker('raw', async () => onStart(), {
    connection,
    prefix,
    concurrency: PLACES,
  });
  worker.on('completed', () => onEnd());
  const add = () => queue.add('no-op', {}, KEEP_FEW);
  await worker.waitUntilReady();

  const perSecond = async (begin: () => Promise<unknown>, onEach: () => void): Promise<number> => {
    let left = runs;
    const over = new Promise<void>((resolve) => {
      onEnd = () => {
        if (--left === 0) resolve();
        else if (left >= PLACES) onEach();
      };
    });
    const began = performance.now();
    await begin();
    await over;
    return (runs / (performance.now() - began)) * 1_000;
  };
  const closedLoopPerSecond = await perSecond(
    () => Promise.all(Array.from({ length: PLACES }, add)),
    () => void add(),
  );
  await worker.pause();
  await queue.addBulk(
    Array.from({ length: runs }, () => ({ name: 'no-op', data: {}, opts: KEEP_FEW })),
  );
  const fullQueuePerSecond = await perSecond(
    async () => worker.resume(),
    () => undefined,
  );

  const latencies: number[] = [];
  for (let k = 0; k < SINGLE_RUNS; k++) {
    const began = performance.now();
    const ended = new Promise<void>((resolve) => (onEnd = resolve));
    onStart = () => void latencies.push(performance.now() - began);
    await add();
    await ended;
  }
  await worker.close();
  await queue.close();
  connection.disconnect();
  return { closedLoopPerSecond, fullQueuePerSecond, toStartMs: median(latencies) };
}
