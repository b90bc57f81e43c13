import { orchestrated } from '../orchestrated.js';
import { longestGap } from '../loop-gap.js';
import { OURS, type Measures, question } from '../question.js';

interface Size {
  readonly workers: number;
}

const IN_MS = 1_000;

/** Watches the event loop while each of them is called for the first time. */
class Herd {
  private readonly called = new Set<number>();
  private firstAt = 0;

  constructor(private readonly size: number) {}

  async call(index: number): Promise<void> {
    if (this.called.size === 0) this.firstAt = performance.now();
    this.called.add(index);
  }

  async watch(): Promise<Measures> {
    const gap = await longestGap(() => this.called.size >= this.size);
    return { 'longest gap ms': gap, 'all called within ms': performance.now() - this.firstAt };
  }
}

/** How long does the event loop stand still when 5 000 workers are due at one instant? */
export const herd = question<Size>({
  name: 'herd',
  asks: 'How long does the event loop stand still when 5 000 workers are due at one instant?',
  sizes: { full: { workers: 5_000 }, tiny: { workers: 5 } },
  reference: OURS,
  ratioOf: 'longest gap ms',
  contenders: [
    {
      name: OURS,
      remark: 'five places, as by default',
      measure: async ({ workers }) => {
        const calls = new Herd(workers);
        const { app } = await orchestrated({}, async (declaring) => {
          for (let index = 0; index < workers; index++) {
            await declaring.registerWorker(`w${index}`, () => calls.call(index), {
              interval: '1h',
              initialDelay: IN_MS,
            });
          }
        });
        const measures = await calls.watch();
        await app.close();
        return measures;
      },
    },
    {
      name: 'setTimeout',
      remark: 'calls them all at once; no gates',
      measure: async ({ workers }) => {
        const calls = new Herd(workers);
        for (let index = 0; index < workers; index++) {
          setTimeout(() => void calls.call(index), IN_MS);
        }
        return calls.watch();
      },
    },
    {
      name: 'croner',
      remark: 'calls them all at once; no gates',
      measure: async ({ workers }) => {
        const { Cron } = await import('croner');
        const calls = new Herd(workers);
        const jobs: InstanceType<typeof Cron>[] = [];
        for (let index = 0; index < workers; index++) {
          jobs.push(new Cron('* * * * * *', () => calls.call(index)));
        }
        const measures = await calls.watch();
        for (const job of jobs) job.stop();
        return measures;
      },
    },
    {
      name: 'cron of @nestjs/schedule',
      remark: 'calls them all at once; no gates',
      measure: async ({ workers }) => {
        const { CronJob } = await import('cron');
        const calls = new Herd(workers);
        const jobs: { stop(): unknown }[] = [];
        for (let index = 0; index < workers; index++) {
          const job = new CronJob('* * * * * *', () => calls.call(index));
          job.start();
          jobs.push(job);
        }
        const measures = await calls.watch();
        for (const job of jobs) void job.stop();
        return measures;
      },
    },
  ],
  targets: [
    {
      says: 'no gap above 50 ms',
      contender: OURS,
      figure: 'longest gap ms',
      isRatio: false,
      atMost: 50,
    },
  ],
});
