import { describe, expect, it } from 'vitest';
import { always } from '../../support/properties/always.js';
import { commands, NAMES, plans, type Plan } from '../../support/core/model/arbitraries.js';
import type { ModelWorker } from '../../support/core/model/model-state.js';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';

const MOST_ROUNDS = 100;
const ROUND_MS = 10;

/** Whoever drops what is late, or replaces what takes long, may never get anything done. */
const patient = ({ workers, ...limits }: Plan): Plan => ({
  ...limits,
  workers: workers.map(({ name, options: { misfireGrace: _, ...options } }) => ({
    name,
    options: options.overlap === 'replace' ? { ...options, overlap: 'queue' } : options,
  })),
});

/** Everything is on, and whatever is at work succeeds soon, but for those who wait for others. */
const goOn = (watched: WatchedScheduler): void => {
  const { awaits } = watched.model;
  for (const attempt of watched.attempts('lingering', 'abandoned')) watched.settle(attempt);
  for (const attempt of watched.attempts('running')) {
    const isWaiting = awaits.some(({ waiter }) => waiter === attempt.run.id);
    // An earlier end may have had it replaced.
    if (!isWaiting && attempt.phase === 'running') watched.end(attempt, 'succeeded');
  }
  watched.advance(ROUND_MS);
};

const dependenciesOf = (watched: WatchedScheduler): ModelWorker[] =>
  watched
    .waiting()
    .flatMap(({ worker }) =>
      worker.definition.dependsOn.map(({ worker: name }) => watched.model.workers.get(name)!),
    );

/** A dependency that runs only when triggered is triggered. */
const helpDependencies = (watched: WatchedScheduler): void => {
  for (const on of dependenciesOf(watched)) {
    const isLive = watched.live().some((run) => run.worker === on);
    if (!isLive && on.attempts.size === 0) watched.trigger(on, { delayMs: 0 });
  }
};

/** Several dependencies that never rest would never be satisfied at once; they come before their dependents. */
const restAllBefore = (watched: WatchedScheduler, order: number): void => {
  const resting = [...watched.model.workers.values()].filter((worker) => worker.order < order);
  for (const worker of resting) watched.control(worker, 'pause');
  goOn(watched);
  goOn(watched);
  for (const worker of resting) watched.control(worker, 'resume');
};

describe('In a fair schedule', () => {
  it('I9: every accepted run ends in bounded time', async () => {
    await always([plans, commands], 126, (plan, sequence) => {
      const watched = new WatchedScheduler(patient(plan)).all(sequence);
      watched.controlAll('resume-all');
      watched.controlAll('engine-found');
      for (const worker of watched.model.workers.values()) {
        watched.control(worker, 'enable');
        watched.control(worker, 'resume');
      }
      const before = watched.live().map(({ id }) => id);

      let open = before;
      for (let round = 0; round < MOST_ROUNDS && open.length > 0; round++) {
        helpDependencies(watched);
        goOn(watched);
        if (round % 3 === 2) restAllBefore(watched, Math.floor(round / 3) % NAMES.length);
        open = watched.live().flatMap(({ id }) => (before.includes(id) ? [id] : []));
      }
      expect(open, 'still open').toEqual([]);
    });
  });
});

describe('In a drained orchestrator', () => {
  it('I5, I6: nothing waits, nothing starts, nothing wakes, and all ends once', async () => {
    await always([plans, commands, commands], 84, (plan, sequence, after) => {
      const watched = new WatchedScheduler(plan).all(sequence);
      watched.controlAll('drain');
      const from = watched.log.length;
      expect(watched.waiting()).toEqual([]);
      watched.all(after);

      const started = watched.log.slice(from).filter(({ type }) => type === 'start-attempt');
      expect(started).toEqual([]);
      expect(watched.scheduler.core.nextWakeAt).toBeUndefined();
      for (const attempt of watched.attempts('running')) watched.end(attempt, 'failed');
      expect(watched.live()).toEqual([]);
    });
  });
});
