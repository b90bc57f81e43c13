import { orchestrated } from '../orchestrated.js';
import { question, type Contender } from '../question.js';
import { rate } from '../runs-per-second.js';

interface Size {
  readonly runs: number;
  /** Of the number of workers that is asked about. */
  readonly share: number;
}

const BLOCKED = 50;
const DEPENDENCIES = 3;
const PLACES = 50;

async function noOp(): Promise<void> {}

const nameOf = (index: number): string => `w${index}`;

function withWorkers(most: number): Contender<Size> {
  return {
    name: `${most.toLocaleString('en')} workers`,
    measure: async ({ runs, share }) => {
      const workers = Math.ceil(most * share);
      const { app, service } = await orchestrated(
        { maxConcurrentWorkers: PLACES },
        async (declaring) => {
          for (let index = 0; index < workers; index++) {
            await declaring.registerWorker(nameOf(index), noOp, {
              blocks: blockedBy(index, workers),
              dependsOn: dependenciesOf(index),
            });
          }
        },
      );
      const lap = async (): Promise<void> => {
        const handles = Array.from({ length: workers }, (_, index) =>
          service.triggerWorker(nameOf(index)),
        );
        await Promise.all((await Promise.all(handles)).map((run) => run.finished()));
      };
      // As many runs for each size, so that all are equally warm.
      const laps = Math.ceil(runs / workers);
      await inSeries(Math.ceil(laps / 2), lap);
      const perSecond = await rate(workers * laps, () => inSeries(laps, lap));
      await app.close();
      return { 'µs/run': 1e6 / perSecond, 'runs/s': perSecond };
    },
  };
}

async function inSeries(times: number, work: () => Promise<void>): Promise<void> {
  for (let count = 0; count < times; count++) await work();
}

/** Spread over the whole graph, and the same in every round. */
function blockedBy(index: number, workers: number): string[] {
  const step = Math.max(1, Math.floor(workers / BLOCKED));
  const count = Math.min(BLOCKED, workers - 1);
  const targets = Array.from({ length: count }, (_, nth) => (index + 1 + nth * step) % workers);
  return targets.filter((target) => target !== index).map(nameOf);
}

function dependenciesOf(index: number): string[] {
  return Array.from({ length: DEPENDENCIES }, (_, nth) => index - 1 - nth * 97)
    .filter((target) => target >= 0)
    .map(nameOf);
}

/** What does a run cost in a graph where each worker blocks 50 others and has 3 dependencies? */
export const denseGraph = question<Size>({
  name: 'dense-graph',
  asks: 'What does a run cost in a graph where each worker blocks 50 others and has 3 dependencies?',
  sizes: { full: { runs: 12_000, share: 1 }, tiny: { runs: 20, share: 0.04 } },
  reference: '250 workers',
  ratioOf: 'µs/run',
  contenders: [250, 500, 1_000, 2_000].map(withWorkers),
  targets: [],
});
