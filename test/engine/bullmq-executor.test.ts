import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import type { EngineHost } from '../../lib/engine/engine.js';
import { Executor } from '../../lib/engine/bullmq/executor.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { worker } from '../support/core/scheduler-with.js';

type Process = (job: unknown) => Promise<unknown>;

/** An attempt of a minute, with a grace of five seconds, whose body never settles. */
function hungAttempt() {
  const clock = new VirtualClock();
  const host = { clock, settings: {}, onEvent: () => undefined } as unknown as EngineHost;
  const executor = new Executor(new Alarms(clock), host, 6_000, () => 1);
  let process: Process = () => Promise.resolve();
  const fetcher = {
    ...{ concurrency: 1, pause: () => undefined, resume: () => undefined },
  };
  const store = {
    worker: (_name: string, given: Process) => {
      process = given;
      return Object.assign(new EventEmitter(), fetcher);
    },
  };
  const begun = vi.fn(() => new Promise(() => undefined));
  const hung = { definition: worker('hung'), call: begun };
  executor.house.employ(hung);
  executor.work(store as unknown as Store, 'a', 1, () => undefined);
  executor.rise();
  const told: unknown[] = [];
  const attempt = { isStoreDown: false };
  const execute = (others: object = {}): Promise<unknown> =>
    process({
      ...{ id: 'r.1.1', token: 't', processedOn: Date.now(), extendLock: async () => 1 },
      updateProgress: async (progress: unknown) => {
        if (attempt.isStoreDown) throw new Error('connect ECONNREFUSED');
        told.push(progress);
      },
      data: {
        ...{ term: 1, token: 1, timeoutMs: 60_000, abortGraceMs: 5_000, memory: {} },
        ...{ order: { runId: 'r', worker: 'hung', number: 1 }, run: { id: 'r', worker: 'hung' } },
        ...others,
      },
    });
  return { clock, told, attempt, begun, execute, executor };
}

it('That an attempt has timed out, and is abandoned, is told until its body settles: what is told may be missed', async () => {
  const { clock, told, attempt, execute } = hungAttempt();
  void execute();
  await clock.advance('58s');
  attempt.isStoreDown = true;
  await clock.advance('8s');
  attempt.isStoreDown = false;
  expect(told).toEqual([]);

  await clock.advance('3s');
  expect(told.at(-1)).toMatchObject({ aborted: { status: 'timed-out' }, isAbandoned: true });
  const before = told.length;
  await clock.advance('10s');
  expect(told.length).toBeGreaterThan(before);
});

it('An attempt that was aborted before the store had it does not begin, whoever leads meanwhile', async () => {
  const { begun, execute } = hungAttempt();
  const report = await execute({ term: 0, calledOff: 'nobody waits for it' });

  expect(report).toMatchObject({
    outcome: { status: 'cancelled', why: 'nobody waits for it' },
    error: { code: 'RUN_CANCELLED' },
  });
  expect(begun).not.toHaveBeenCalled();
});

it('An attempt that was aborted before it was picked up does not begin', async () => {
  const { begun, execute, executor } = hungAttempt();
  executor.abort('r.1.1', 'enough');
  const report = await execute();

  expect(report).toMatchObject({ outcome: { status: 'cancelled', why: 'enough' } });
  expect(begun).not.toHaveBeenCalled();
});
