import { orchestrated } from '../orchestrated.js';
import { question, type Contender } from '../question.js';
import { rate } from '../runs-per-second.js';

interface Size {
  readonly laps: number;
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
    measure: async ({ laps, share }) => {
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
      await lap();
      const perSecond = await rate(workers * laps, async () => {
        for (let count = 0; count < laps; count++) await lap();
      });
      await app.close();
      return { 'µs/run': 1e6 / perSecond, 'runs/s': perSecond };
    },
  };
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
export const denseGraph = question({
  name: 'dense-graph',
  asks: 'What does a run cost in a graph where each worker blocks 50 others and has 3 dependencies?',
  sizes: { full: { laps: 3, share: 1 }, tiny: { laps: 1, share: 0.04 } },
  reference: '250 workers',
  ratioOf: 'µs/run',
  contenders: [250, 500, 1_000, 2_000].map(withWorkers),
  targets: [],
});
