import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type RunContext, type WorkerOptions } from 'nestjs-orchestrator';
import type { AttemptMark } from '../history/event.js';
import type { Witness } from '../history/witness.js';
import { DOOMED_AFTER, type PlannedWorker } from '../plan.js';

const SIGN_EACH_MS = 50;

/** What a triggered run is given. */
export interface TicketPayload {
  readonly ticket: number;
}

export interface Self {
  readonly replica: string;
  readonly boot: string;
}

/** A provider with a decorated method for each planned worker. */
export function providerOf(planned: readonly PlannedWorker[], witness: Witness, self: Self) {
  class PlannedWorkers {}
  for (const worker of planned) {
    const descriptor = { value: bodyOf(worker, witness, self), configurable: true };
    Object.defineProperty(PlannedWorkers.prototype, worker.name, descriptor);
    Worker(optionsOf(worker))(PlannedWorkers.prototype, worker.name, descriptor);
  }
  return PlannedWorkers;
}

/** One due instant waits while the previous run has not ended, so that none is skipped. */
function optionsOf({ name, intervalMs, dependsOn, blocks, group, ...worker }: PlannedWorker) {
  const options: WorkerOptions = {
    name,
    ...(intervalMs !== undefined && { interval: intervalMs, overlap: 'queue' }),
    ...(dependsOn !== undefined && { dependsOn }),
    ...(worker.isStep && { runAfterDependencies: true }),
    ...(blocks !== undefined && { blocks }),
    ...(group !== undefined && { groups: [group] }),
    ...(worker.concurrency !== undefined && { concurrency: worker.concurrency }),
    maxRetries: worker.fails === 'always' ? 0 : 10,
    backoff: 100,
    maxConsecutiveFailures: worker.fails === 'always' ? DOOMED_AFTER : 0,
  };
  return options;
}

function bodyOf(
  { name, bodyMs, concurrency = 1, fails }: PlannedWorker,
  witness: Witness,
  self: Self,
) {
  return async (run: RunContext<TicketPayload | undefined>): Promise<void> => {
    const mark: AttemptMark = { ...self, worker: name, runId: run.runId, attempt: run.attempt };
    const isRefused = await witness.start(
      {
        is: 'start',
        ...mark,
        missed: run.missedCount,
        ...(run.payload === undefined && { due: run.scheduledAt.getTime() }),
        ...(run.payload !== undefined && { ticket: run.payload.ticket }),
        ...(run.fencingToken !== undefined && { token: run.fencingToken }),
      },
      concurrency === 1,
    );
    if (isRefused) throw new Error('The resource has seen a later token.');
    const isAborted = await live(run.signal, bodyMs, () =>
      witness.write({ is: 'alive', ...mark, isAborted: run.signal.aborted }),
    );
    await witness.write({ is: 'end', ...mark, isAborted });
    run.signal.throwIfAborted();
    if (fails === 'always') throw new Error('This one always fails.');
    if (fails !== undefined && (await witness.count(name)) % 3 === 0) {
      throw new Error('This one fails every third time.');
    }
  };
}

/** @returns whether it was aborted before its time was over */
async function live(signal: AbortSignal, bodyMs: number, giveSign: () => Promise<void>) {
  const end = performance.now() + bodyMs;
  while (performance.now() < end) {
    await sleep(Math.min(SIGN_EACH_MS, end - performance.now()));
    await giveSign();
    if (signal.aborted) return true;
  }
  return signal.aborted;
}
