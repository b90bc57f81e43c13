import assert from 'node:assert/strict';
import type { WorkerView } from '../../../../lib/core/view/worker-view.js';
import type { ModelWorker } from '../../core/model/model-state.js';
import { stateOf } from '../../core/model/model-views.js';
import { waitCircle } from '../../core/model/wait-circle.js';
import { HISTORY, type WatchedEngine } from './watched-engine.js';

/** However much goes on, all alarms share one timer. */
const MOST_TIMERS = 1;

/** While nothing moves, what the engine says of itself is what the model knows of it. */
export async function assertAgreement(watched: WatchedEngine): Promise<void> {
  const { engine, ledger, model, clock } = watched;
  const { workerStates } = await engine.status();
  const runs = await engine.runs({});
  await ledger.account.check();
  const registered = watched.registered();
  assert.deepEqual(
    workerStates.map(({ name }) => name),
    registered.map(({ definition }) => definition.name),
    'I15: each worker has one status',
  );
  for (const [index, worker] of registered.entries()) {
    assertWorkerAgrees(watched, worker, workerStates[index]!);
    assertNothingForgotten(watched, worker);
  }
  assert.deepEqual(ledger.unfit, [], 'I8: disabled at the threshold');
  const ended = runs.filter(({ endedAt }) => endedAt !== undefined).length;
  assert(ended <= HISTORY * registered.length, `I12: ${ended} ended runs are kept`);
  assert(clock.pending <= MOST_TIMERS, `I12: ${clock.pending} timers are armed`);
  assert.equal(waitCircle(model), undefined, 'I19: a circle of runs that wait for each other');
}

function assertWorkerAgrees(watched: WatchedEngine, worker: ModelWorker, view: WorkerView): void {
  const { model } = watched;
  const { name, maxPending, concurrency } = worker.definition;
  const expected = {
    enabled: worker.off === undefined,
    failures: worker.failures,
    running: model.holders(worker),
    waiting: model.runsOf(worker, 'waiting').length + watched.delayedOf(worker).length,
    abandoned: [...worker.attempts].filter(({ phase }) => phase === 'abandoned').length,
  };
  const { enabled, failures, running, waiting, abandoned } = view;
  assert.deepEqual(
    { enabled, failures, running, waiting, abandoned },
    expected,
    `I7, I14, I15: what is said of ${name}: ${JSON.stringify(view)}, not ${JSON.stringify(expected)}`,
  );
  if (!watched.isBlurred(worker)) {
    assert.equal(view.state, stateOf(model, worker), `I15: the state of ${name}`);
  }
  // A started run may come back for another attempt, and a probe or a step knows no bound.
  const length = watched.queueLength(worker);
  assert(length <= maxPending + concurrency + 1, `I12: ${length} runs of ${name} wait`);
}

function assertNothingForgotten({ model }: WatchedEngine, worker: ModelWorker): void {
  const { definition, nextInstant, isPaused, off } = worker;
  const { schedule, name } = definition;
  if (schedule.kind !== 'fixed-rate' || nextInstant === undefined) return;
  if (isPaused || off !== undefined || model.isPaused || model.isDraining) return;
  const isNext = nextInstant > model.now && nextInstant <= model.now + schedule.intervalMs;
  assert(isNext, `I15: no due instant of ${name} is forgotten`);
}
