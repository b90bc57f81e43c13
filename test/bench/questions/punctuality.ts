import { setTimeout as wait } from 'node:timers/promises';
import { orchestrated } from '../orchestrated.js';
import { OURS, type Measures, question } from '../question.js';
import { median, quantile } from '../statistics.js';

interface Size {
  readonly workers: number;
  readonly periodMs: number;
  readonly seconds: number;
}

const MINUTE_MS = 60_000;
/** Calls that the start still weighs on. */
const STARTING = 2;

/** The instants at which each worker was called. */
class Calls {
  private readonly instants: number[][];
  private readonly dues: number[][] = [];

  constructor(private readonly size: Size) {
    this.instants = Array.from({ length: size.workers }, () => []);
  }

  each(declare: (body: () => void, index: number) => void): void {
    for (const [index, instants] of this.instants.entries()) {
      declare(() => void instants.push(performance.now()), index);
    }
  }

  /** What the worker is told of its due instant, where there is such a thing. */
  noteDue(index: number, due: Date): void {
    (this.dues[index] ??= []).push(due.getTime());
  }

  /** How far the last due instant is from a whole number of periods after the first. */
  private dueDrift(): number {
    if (this.dues.length === 0) return NaN;
    const { periodMs } = this.size;
    const drifts = this.dues.map((dues) => {
      const elapsed = (dues.at(-1) ?? NaN) - (dues[0] ?? NaN);
      return Math.abs(elapsed - Math.round(elapsed / periodMs) * periodMs);
    });
    return Math.max(...drifts);
  }

  async watch(): Promise<Measures> {
    const { periodMs, seconds } = this.size;
    await wait(seconds * 1_000);
    const errors = this.instants.map((instants) =>
      instants.slice(1).map((at, index) => Math.abs(at - (instants[index] ?? NaN) - periodMs)),
    );
    // Later ones only: while everything starts, all are late, once.
    const steady = errors.flatMap((each) => each.slice(STARTING));
    const drifts = this.instants.map((instants) => {
      // In the second half nothing gets faster any more by being warm.
      const half = instants.slice(Math.floor(instants.length / 2));
      const periods = half.length - 1;
      const [first = NaN, last = NaN] = [half[0], half.at(-1)];
      return Math.abs(last - first - periods * periodMs) * (MINUTE_MS / (periods * periodMs));
    });
    return {
      'p99 ms': quantile(steady, 0.99),
      'p50 ms': median(steady),
      'max ms': quantile(steady, 1),
      'max ms, start included': quantile(errors.flat(), 1),
      'drift ms/min': median(drifts),
      'due drift ms': this.dueDrift(),
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
    tiny: { workers: 3, periodMs: 50, seconds: 0.4 },
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
            declared.push(
              declaring.registerWorker(
                `w${index}`,
                ({ scheduledAt }) => {
                  body();
                  calls.noteDue(index, scheduledAt);
                },
                { interval: size.periodMs },
              ),
            );
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
      says: 'no drift of the calls: not more than what a late timer looks like in 15 s',
      contender: OURS,
      figure: 'drift ms/min',
      isRatio: false,
      atMost: 20,
    },
    {
      says: 'no drift at all of the due instants',
      contender: OURS,
      figure: 'due drift ms',
      isRatio: false,
      atMost: 0,
    },
  ],
});
