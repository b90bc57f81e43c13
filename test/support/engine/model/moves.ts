import type { WorkerOptions } from '../../../../lib/core/definition/worker-options.js';
import type { ModelRun, ModelWorker } from '../../core/model/model-state.js';
import { turnOff } from '../../core/model/model-views.js';
import type { InBody, Move } from './engine-command.js';
import type { LiveBody } from './live-bodies.js';
import type { WatchedEngine } from './watched-engine.js';

/** Workers that come and go at run time; nobody names them. */
const extrasBeside = (first: string): WorkerOptions[] => [
  { interval: 25 },
  { interval: 10, blocks: ['*'] },
  { blocks: [first], groups: ['narrow'] },
];

export function makeMove(watched: WatchedEngine, move: Move): void {
  const { model, engine } = watched;
  switch (move.do) {
    case 'settle':
      settle(pick(idle(watched), move.pick), move.how);
      return;
    case 'trigger':
      for (let time = 0; time < move.times; time++) {
        watched.call(watched.trigger(workerAt(watched, move.pick), move.delayMs));
      }
      return;
    case 'enable':
    case 'disable':
    case 'pause':
    case 'resume':
      control(watched, workerAt(watched, move.pick), move.do);
      return;
    case 'pause-all':
      model.isPaused = true;
      watched.call(engine.pauseAll());
      return;
    case 'resume-all':
      model.isPaused = false;
      watched.call(engine.resumeAll());
      return;
    case 'cancel':
    case 'cancel-and-abandon':
      cancel(watched, pick([...model.runs.values()], move.pick), move.do === 'cancel-and-abandon');
      return;
    case 'stop-twice':
      watched.call(watched.stop());
      watched.call(watched.stop());
      return;
    case 'stop':
      watched.call(watched.stop());
      return;
    case 'start':
      watched.start();
      return;
    case 'register':
      register(watched);
      return;
    case 'unregister':
      unregister(watched, pick(extras(watched), move.pick));
      return;
    default:
      tell(watched, pick(idle(watched), move.pick), workerAt(watched, move.other), move.do);
  }
}

function settle(live: LiveBody | undefined, how: Extract<Move, { do: 'settle' }>['how']): void {
  if (live === undefined) return;
  if (how === 'never') live.body.isStubborn = true;
  else live.body.tell({ settle: how });
}

function tell(
  watched: WatchedEngine,
  live: LiveBody | undefined,
  other: ModelWorker,
  what: InBody,
): void {
  live?.body.tell({
    first: async () => {
      if (what === 'trigger-from-body') await watched.trigger(other, 0);
      else if (what === 'await-from-body') await watched.awaitInside(live, other);
      else control(watched, other, 'disable');
    },
  });
}

export function control(
  watched: WatchedEngine,
  worker: ModelWorker,
  command: 'enable' | 'disable' | 'pause' | 'resume',
): void {
  const { engine } = watched;
  const { name } = worker.definition;
  if (watched.ledger.unregistered.has(worker)) return;
  if (command === 'pause' || command === 'resume') worker.isPaused = command === 'pause';
  else if (command === 'disable') turnOff(worker);
  else {
    worker.off = undefined;
    worker.failures = 0;
  }
  watched.call(command === 'disable' ? engine.disable(name, 'test') : engine[command](name));
}

function register(watched: WatchedEngine): void {
  const number = watched.model.workers.size;
  const options = pick(extrasBeside(watched.plan.workers[0]!.name), number)!;
  const name = `extra-${number}`;
  const employed = watched.employ({ name, options: { timeout: false, ...options }, isQuick: true });
  watched.call(watched.engine.define([employed]));
}

function unregister(watched: WatchedEngine, worker: ModelWorker | undefined): void {
  if (worker === undefined) return;
  watched.ledger.unregistered.add(worker);
  watched.call(watched.engine.remove(worker.definition.name));
}

function extras(watched: WatchedEngine): ModelWorker[] {
  return watched.registered().filter(({ definition }) => definition.name.startsWith('extra-'));
}

function cancel(watched: WatchedEngine, run: ModelRun | undefined, abandon: boolean): void {
  if (run === undefined) return;
  if (abandon) {
    for (const attempt of run.worker.attempts) if (attempt.run === run) attempt.holds = false;
  }
  watched.call(watched.engine.cancel(run.id, { why: 'test', abandon }));
}

function idle({ bodies }: WatchedEngine): LiveBody[] {
  return [...bodies.all].filter(
    ({ body, attempt }) => body.isIdle && !body.isStubborn && attempt.phase === 'running',
  );
}

function workerAt(watched: WatchedEngine, index: number): ModelWorker {
  return pick(watched.registered(), index)!;
}

export function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % items.length];
}
