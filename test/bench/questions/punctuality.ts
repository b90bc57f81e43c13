import { setTimeout as wait } from 'node:timers/promises';
import { orchestrated } from '../orchestrated.js';
import { OURS, type Measures, question } from '../question.js';
import { median, quantile } from '../statistics.js';

interface Size {
  readonly workers: number;
  readonly periodMs: number;
  readonly seconds: number;
}

/** The instants at which each worker was called. */
class Calls {
  private readonly instants: number[][];

  constructor(private readonly size: Size) {
    this.instants = Array.from({ length: size.workers }, () => []);
  }

  each(declare: (body: () => void, index: number) => void): void {
    for (const [index, instants] of this.instants.entries()) {
      declare(() => void instants.push(performance.now()), index);
    }
  }

  async watch(): Promise<Measures> {
    const { periodMs, seconds } = this.size;
    await wait(seconds * 1_000);
    const errors = this.instants.flatMap((instants) =>
      instants.slice(1).map((at, index) => Math.abs(at - (instants[index] ?? NaN) - periodMs)),
    );
    const drifts = this.instants.map((instants) => {
      const [first = NaN, last = NaN] = [instants[0], instants.at(-1)];
      return last - first - (instants.length - 1) * periodMs;
    });
    return {
      'p99 ms': quantile(errors, 0.99),
      'p50 ms': median(errors),
      'max ms': quantile(errors, 1),
      'drift ms': median(drifts),
      'calls/worker': median(this.instants.map(({ length }) => length)),
    };
  }
}

/** How far from its period is a thousand workers' second? */
export const punctuality = question<Size>({
  name: 'punctuality',
  asks: 'How far from one second are the periods of 1 000 workers, in 30 s?',
  sizes: {
    full: { workers: 1_000, periodMs: 1_000, seconds: 30 },
    tiny: { workers: 3, periodMs: 50, seconds: 0.2 },
  },
  mostRounds: 1,
  reference: 'setInterval',
  ratioOf: 'p99 ms',
  contenders: [
    {
      name: OURS,
      remark: 'obeys its gates; five places, as by default',
      measure: async (size) => {
        const calls = new Calls(size);
        const { app } = await orchestrated({}, async (declaring) => {
          const declared: Promise<void>[] = [];
          calls.each((body, index) => {
            declared.push(declaring.registerWorker(`w${index}`, body, { interval: size.periodMs }));
          });
          await Promise.all(declared);
        });
        const measures = await calls.watch();
        await app.close();
        return measures;
      },
    },
    {
      name: 'setInterval',
      remark: 'calls; no overlap rule, no gates',
      measure: async (size) => {
        const calls = new Calls(size);
        const timers: NodeJS.Timeout[] = [];
        calls.each((body) => void timers.push(setInterval(body, size.periodMs)));
        const measures = await calls.watch();
        timers.forEach(clearInterval);
        return measures;
      },
    },
    {
      name: '@nestjs/schedule',
      remark: 'its intervals are setInterval',
      measure: async (size) => {
        const { scheduled } = await import('../scheduled.js');
        const calls = new Calls(size);
        const bodies: (() => void)[] = [];
        calls.each((body) => void bodies.push(body));
        const app = await scheduled(bodies, size.periodMs);
        const measures = await calls.watch();
        await app.close();
        return measures;
      },
    },
    {
      name: 'toad-scheduler',
      remark: 'its intervals are setInterval',
      measure: async (size) => {
        const { SimpleIntervalJob, Task, ToadScheduler } = await import('toad-scheduler');
        const calls = new Calls(size);
        const scheduler = new ToadScheduler();
        calls.each((body, index) => {
          const task = new Task(`w${index}`, body);
          const schedule = { milliseconds: size.periodMs };
          scheduler.addSimpleIntervalJob(
            new SimpleIntervalJob(schedule, task, { id: `w${index}` }),
          );
        });
        const measures = await calls.watch();
        scheduler.stop();
        return measures;
      },
    },
    {
      name: 'croner',
      remark: 'a cron pattern: whole seconds of the wall clock',
      measure: async (size) => {
        const { Cron } = await import('croner');
        const calls = new Calls(size);
        const jobs: InstanceType<typeof Cron>[] = [];
        calls.each((body) => void jobs.push(new Cron('* * * * * *', body)));
        const measures = await calls.watch();
        for (const job of jobs) job.stop();
        return measures;
      },
    },
  ],
  targets: [
    {
      says: 'a p99 below that of setInterval',
      contender: OURS,
      figure: 'p99 ms',
      isRatio: true,
      atMost: 1,
    },
    {
      says: 'no drift: less than a period error, however long it goes on',
      contender: OURS,
      figure: 'drift ms',
      isRatio: false,
      atMost: 5,
    },
  ],
});
