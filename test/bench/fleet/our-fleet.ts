import { WorkerExecutionMode } from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import { orchestrated } from '../orchestrated.js';
import { median } from '../statistics.js';
import { PLACES, SINGLE_RUNS, type Size } from './size.js';
import { storeOperations } from './store-operations.js';

export interface FleetFigures {
  /** Each ending makes the next run due. */
  readonly closedLoopPerSecond: number;
  /** Each ending has the application trigger the next, and wait for its result. */
  readonly triggeredPerSecond: number;
  readonly operationsPerRun: number;
  readonly toStartMs: number;
}

export async function measureFleet(size: Size): Promise<FleetFigures> {
  return { ...(await measureContinuous(size)), ...(await measureTriggered(size)) };
}

async function measureContinuous({ url, prefix, runs }: Size) {
  let started = 0;
  let finish = (): void => undefined;
  const over = new Promise<void>((resolve) => (finish = resolve));
  let beganAt = NaN;
  const body = (): void => {
    started++;
    if (started === 1) beganAt = performance.now();
    if (started === runs) finish();
  };
  const before = await storeOperations(url);
  const { app } = await orchestrated(
    {
      engine: bullmq({ connection: url, prefix: `${prefix}_continuous` }),
      maxConcurrentWorkers: PLACES,
    },
    async (declaring) => {
      for (let k = 0; k < PLACES; k++) {
        const executionMode = WorkerExecutionMode.CONTINUOUS;
        await declaring.registerWorker(`continuous-${k}`, body, { executionMode });
      }
    },
  );
  await over;
  const closedLoopPerSecond = (runs / (performance.now() - beganAt)) * 1_000;
  const operationsPerRun = ((await storeOperations(url)) - before) / started;
  await app.close();
  return { closedLoopPerSecond, operationsPerRun };
}

/** The same runs, decided by a leader, which here also executes them. */
async function measureTriggered({ url, prefix, runs }: Size) {
  let onStart = (): void => undefined;
  const { app, service } = await orchestrated(
    { engine: bullmq({ connection: url, prefix }), maxConcurrentWorkers: PLACES },
    (declaring) =>
      declaring.registerWorker('no-op', async () => onStart(), { concurrency: PLACES }),
  );
  const runOne = async (): Promise<void> => {
    const run = await service.triggerWorker('no-op');
    await run.finished();
  };

  let next = 0;
  const lane = async (): Promise<void> => {
    while (next++ < runs) await runOne();
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: PLACES }, lane));
  const triggeredPerSecond = (runs / (performance.now() - began)) * 1_000;

  const latencies: number[] = [];
  for (let k = 0; k < SINGLE_RUNS; k++) {
    const triggered = performance.now();
    onStart = () => void latencies.push(performance.now() - triggered);
    await runOne();
  }
  await app.close();
  return { triggeredPerSecond, toStartMs: median(latencies) };
}
