import { setTimeout as wait } from 'node:timers/promises';
import { orchestrated } from '../orchestrated.js';
import { question, type Contender } from '../question.js';
import { inLanes, LANES, rate } from '../runs-per-second.js';
import { countTimers } from '../timer-count.js';

interface Size {
  readonly runs: number;
  readonly registrations: number;
  readonly quietMs: number;
  /** Of the number of idle workers that is asked about. */
  readonly share: number;
}

async function noOp(): Promise<void> {}

function withIdle(idle: number): Contender<Size> {
  return {
    name: `${idle.toLocaleString('en')} idle`,
    measure: async ({ runs, registrations, quietMs, share }) => {
      const timers = countTimers();
      const { app, service } = await orchestrated({}, async (declaring) => {
        await declaring.registerWorker('busy', noOp, { concurrency: LANES });
        for (let index = 0; index < Math.ceil(idle * share); index++) {
          await declaring.registerWorker(`idle-${index}`, noOp, {
            interval: '1h',
            runOnStart: false,
          });
        }
      });
      const runOne = async (): Promise<void> => {
        const run = await service.triggerWorker('busy');
        await run.finished();
      };
      await inLanes(Math.ceil(runs / 2), runOne);
      const perSecond = await rate(runs, () => inLanes(runs, runOne));

      // The last look at the timeouts of the runs is over after this.
      await wait(1);
      const before = timers.fired();
      await wait(quietMs);
      const firings = timers.fired() - before;

      const registrationsPerSecond = await rate(registrations, async () => {
        for (let index = 0; index < registrations; index++) {
          await service.registerWorker(`late-${index}`, noOp, {
            interval: '1h',
            runOnStart: false,
          });
        }
      });
      await app.close();
      return {
        'µs/run': 1e6 / perSecond,
        'timers fired while idle': firings,
        'µs/registration at run time': 1e6 / registrationsPerSecond,
      };
    },
  };
}

/** What does a run cost beside many workers that are not due? */
export const idleWorkers = question<Size>({
  name: 'idle-workers',
  asks: 'What does a run cost beside many workers that are not due?',
  sizes: {
    full: { runs: 60_000, registrations: 200, quietMs: 2_000, share: 1 },
    tiny: { runs: 20, registrations: 2, quietMs: 5, share: 0.001 },
  },
  reference: '10 idle',
  ratioOf: 'µs/run',
  contenders: [withIdle(10), withIdle(1_000), withIdle(100_000)],
  targets: [
    {
      says: 'a run beside 100 000 idle workers costs at most 1.5 times one beside 10',
      contender: '100,000 idle',
      figure: 'µs/run',
      isRatio: true,
      atMost: 1.5,
    },
    {
      says: 'no timer fires while nothing is due',
      contender: '100,000 idle',
      figure: 'timers fired while idle',
      isRatio: false,
      atMost: 0,
    },
  ],
});
