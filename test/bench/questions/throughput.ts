import { AsyncLocalStorage } from 'node:async_hooks';
import { JobPriority } from 'nestjs-orchestrator';
import { orchestrated } from '../orchestrated.js';
import { OURS, question } from '../question.js';
import { LANES, runsPerSecond } from '../runs-per-second.js';

interface Size {
  readonly runs: number;
}

const PRIORITIES = [
  JobPriority.LOW,
  JobPriority.NORMAL,
  JobPriority.HIGH,
  JobPriority.CRITICAL,
] as const;

async function noOp(): Promise<void> {}

/** How many no-op runs per second go through five places? */
export const throughput = question<Size>({
  name: 'throughput',
  asks: 'How many no-op runs per second go through five places?',
  sizes: { full: { runs: 60_000 }, tiny: { runs: 40 } },
  reference: 'fastq',
  ratioOf: 'runs/s, backlog',
  contenders: [
    {
      name: OURS,
      remark: 'four workers of four priorities, armed timeouts, history, one event subscriber',
      measure: async ({ runs }) => {
        const { app, service } = await orchestrated({}, async (declaring) => {
          for (const priority of PRIORITIES) {
            await declaring.registerWorker(`no-op ${priority}`, noOp, {
              priority,
              concurrency: LANES,
            });
          }
        });
        let events = 0;
        service.events.subscribe(() => events++);
        const measures = await runsPerSecond(runs, async (index) => {
          const run = await service.triggerWorker(`no-op ${PRIORITIES[index % 4] ?? 0}`);
          await run.finished();
        });
        await app.close();
        return { ...measures, 'events/run': events / (1.5 + 1) / runs };
      },
    },
    {
      name: 'fastq',
      remark: 'no priority, timeout, history, events or id',
      measure: async ({ runs }) => {
        const { promise } = await import('fastq');
        const queue = promise(noOp, LANES);
        return runsPerSecond(runs, () => queue.push(undefined));
      },
    },
    {
      name: 'fastq, with an async context',
      remark: 'as fastq, but each run in an AsyncLocalStorage: what currentRun() costs by itself',
      measure: async ({ runs }) => {
        const { promise } = await import('fastq');
        const contexts = new AsyncLocalStorage<object>();
        const queue = promise((run: object) => contexts.run(run, noOp), LANES);
        return runsPerSecond(runs, () => queue.push({}));
      },
    },
    {
      name: 'p-queue',
      remark: 'no priority, timeout, history or id',
      measure: async ({ runs }) => {
        const { default: PQueue } = await import('p-queue');
        const queue = new PQueue({ concurrency: LANES });
        return runsPerSecond(runs, () => queue.add(noOp));
      },
    },
    {
      name: 'p-queue, priorities',
      remark: 'no timeout, history or id',
      measure: async ({ runs }) => {
        const { default: PQueue } = await import('p-queue');
        const queue = new PQueue({ concurrency: LANES });
        return runsPerSecond(runs, (index) =>
          queue.add(noOp, { priority: PRIORITIES[index % 4] ?? 0 }),
        );
      },
    },
    {
      name: 'p-queue, priorities and timeouts',
      remark: 'no history or id; a timer for each run',
      measure: async ({ runs }) => {
        const { default: PQueue } = await import('p-queue');
        const queue = new PQueue({ concurrency: LANES, timeout: 60_000 });
        return runsPerSecond(runs, (index) =>
          queue.add(noOp, { priority: PRIORITIES[index % 4] ?? 0 }),
        );
      },
    },
    {
      name: 'bare loop',
      remark: 'awaits the function; decides and remembers nothing',
      measure: ({ runs }) => runsPerSecond(runs, noOp),
    },
  ],
  targets: [
    {
      says: 'at least as fast as fastq',
      contender: OURS,
      figure: 'runs/s, backlog',
      isRatio: true,
      atLeast: 1,
    },
  ],
});
