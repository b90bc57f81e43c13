import { OURS, question, type Contender, type Measures } from '../question.js';
import { orchestrated } from '../orchestrated.js';

interface Size {
  readonly workers: number;
  readonly runs: number;
}

const HOUR_MS = 3_600_000;
/** Each has a function of its own, as bound methods are. */
const bodyOf = (index: number) => (): void => {
  if (index < 0) throw new RangeError('no such worker');
};

function heapUsed(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** What keeping one more costs, once the first has brought its code along. */
async function perWorker(
  count: number,
  add: (from: number, to: number) => Promise<void> | void,
): Promise<Measures> {
  await add(0, Math.ceil(count / 10));
  const before = heapUsed();
  await add(Math.ceil(count / 10), Math.ceil(count / 10) + count);
  return { 'B/worker': (heapUsed() - before) / count };
}

const ours: Contender<Size> = {
  name: OURS,
  remark: 'with its options, counters and relations; 50 ended runs are kept for each worker',
  measure: async ({ workers, runs }) => {
    const { app, service } = await orchestrated({}, async (declaring) => {
      await declaring.registerWorker('busy', () => undefined);
    });
    const worker = await perWorker(workers, async (from, to) => {
      for (let index = from; index < to; index++) {
        const options = { interval: '1h', runOnStart: false } as const;
        await service.registerWorker(`worker-${index}`, bodyOf(index), options);
      }
    });
    const runWorkers = async (from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index++) {
        await (await service.triggerWorker(`worker-${index % workers}`)).finished();
      }
    };
    // Each has run once, so that what a run brings along is not counted.
    await runWorkers(0, workers);
    const before = heapUsed();
    await runWorkers(0, runs);
    const run = { 'B/run in history': (heapUsed() - before) / runs };
    await app.close();
    return { ...worker, ...run };
  },
};

/** What does an idle worker keep in memory, and what an ended run in the history? */
export const heap = question<Size>({
  name: 'heap',
  asks: 'What does an idle worker keep in memory, and what an ended run in the history?',
  sizes: { full: { workers: 5_000, runs: 50_000 }, tiny: { workers: 10, runs: 20 } },
  reference: '@nestjs/schedule, interval',
  ratioOf: 'B/worker',
  contenders: [
    ours,
    {
      name: '@nestjs/schedule, interval',
      remark: 'a timer under a name; no history',
      measure: async ({ workers }) => {
        const { SchedulerRegistry } = await import('@nestjs/schedule');
        const registry = new SchedulerRegistry();
        const measures = await perWorker(workers, (from, to) => {
          for (let index = from; index < to; index++) {
            registry.addInterval(`worker-${index}`, setInterval(bodyOf(index), HOUR_MS));
          }
        });
        for (const name of registry.getIntervals()) registry.deleteInterval(name);
        return measures;
      },
    },
    {
      name: '@nestjs/schedule, cron',
      remark: 'no history',
      measure: async ({ workers }) => {
        const { SchedulerRegistry } = await import('@nestjs/schedule');
        const { CronJob } = await import('cron');
        const registry = new SchedulerRegistry();
        const measures = await perWorker(workers, (from, to) => {
          for (let index = from; index < to; index++) {
            const job = new CronJob('0 3 * * *', bodyOf(index));
            job.start();
            registry.addCronJob(`worker-${index}`, job);
          }
        });
        for (const job of registry.getCronJobs().values()) void job.stop();
        return measures;
      },
    },
    {
      name: 'croner',
      remark: 'no history but the previous instant',
      measure: async ({ workers }) => {
        const { Cron } = await import('croner');
        const jobs: InstanceType<typeof Cron>[] = [];
        const measures = await perWorker(workers, (from, to) => {
          for (let index = from; index < to; index++) {
            jobs.push(new Cron('0 3 * * *', { name: `worker-${index}` }, bodyOf(index)));
          }
        });
        for (const job of jobs) job.stop();
        return measures;
      },
    },
    {
      name: 'toad-scheduler',
      remark: 'no history',
      measure: async ({ workers }) => {
        const { SimpleIntervalJob, Task, ToadScheduler } = await import('toad-scheduler');
        const scheduler = new ToadScheduler();
        const measures = await perWorker(workers, (from, to) => {
          for (let index = from; index < to; index++) {
            const id = `worker-${index}`;
            scheduler.addSimpleIntervalJob(
              new SimpleIntervalJob({ hours: 1 }, new Task(id, bodyOf(index)), { id }),
            );
          }
        });
        scheduler.stop();
        return measures;
      },
    },
  ],
  targets: [
    {
      says: 'at most 2 kB for each idle worker',
      contender: OURS,
      figure: 'B/worker',
      isRatio: false,
      atMost: 2_048,
    },
  ],
});
