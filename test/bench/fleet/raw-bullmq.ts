import {
  createPostgresBackend,
  Queue,
  withBackend,
  Worker,
  type Processor,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { median } from '../statistics.js';
import { PLACES, SINGLE_RUNS, type Size } from './size.js';

export interface RawFigures {
  /** Each ending adds the next. */
  readonly closedLoopPerSecond: number;
  readonly fullQueuePerSecond: number;
  readonly toStartMs: number;
}

/**
 * As long as the fleet keeps how its runs have ended. Kept by their number, ends on PostgreSQL are removed by several
 * transactions at once, which deadlock now and then: the job that loses stays active, and the benchmark waits for ever.
 */
const KEPT = { age: 10 };
const KEEP_FEW = { removeOnComplete: KEPT, removeOnFail: KEPT };

interface Raw {
  readonly queue: Pick<Queue, 'add' | 'addBulk' | 'close'>;
  readonly work: (
    processor: Processor,
  ) => Pick<Worker, 'on' | 'waitUntilReady' | 'pause' | 'resume' | 'close'>;
  readonly close: () => void;
}

/** As its users open it. */
function openRaw({ url, prefix }: Size): Raw {
  const options: Pick<WorkerOptions, 'concurrency'> = { concurrency: PLACES };
  if (url.startsWith('postgres')) {
    const onPostgres = withBackend(createPostgresBackend);
    const connection = { connectionString: url, schema: prefix, migrate: true };
    return {
      queue: new onPostgres.Queue('raw', { connection }),
      work: (processor) =>
        new onPostgres.Worker('raw', processor, { ...options, connection }) as unknown as Worker,
      close: () => undefined,
    };
  }
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  return {
    queue: new Queue('raw', { connection, prefix }),
    work: (processor) => new Worker('raw', processor, { ...options, connection, prefix }),
    close: () => {
      connection.disconnect();
    },
  };
}

/** No-op jobs of BullMQ alone. */
export async function measureRaw(size: Size): Promise<RawFigures> {
  const { runs } = size;
  const { queue, work, close } = openRaw(size);
  let onStart = (): void => undefined;
  let onEnd = (): void => undefined;
  const worker = work(async () => onStart());
  worker.on('completed', () => onEnd());
  await worker.waitUntilReady();
  const add = () => queue.add('no-op', {}, KEEP_FEW);

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
  close();
  return { closedLoopPerSecond, fullQueuePerSecond, toStartMs: median(latencies) };
}
