import { AsyncLocalStorage } from 'node:async_hooks';
import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RunCancelledError } from '../../lib/core/errors.js';
import { currentRun } from '../../lib/execution/current-run.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { SystemClock } from '../../lib/execution/system-clock.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

guardTheProcess();

describe('currentRun', () => {
  it('is undefined outside of runs', () => {
    expect(currentRun()).toBeUndefined();
  });

  it('is the context of the run, however deep below the body', async () => {
    const { clock, start, sleep } = attemptLab();
    const deep = async () => {
      await sleep(10);
      return currentRun();
    };
    const { values } = start(async (run) => [run, currentRun(), await deep()]);
    await clock.advance('1s');

    const [run, atOnce, later] = values[0] as RunContext[];
    expect(run?.runId).toBe('run-1');
    expect(atOnce === run && later === run).toBe(true);
  });

  it('tells apart runs that run at the same time', async () => {
    const { clock, start, sleep } = attemptLab();
    const body = async () => {
      await sleep(10);
      return currentRun()?.runId;
    };
    const [a, b] = [start(body, { runId: 'a' }), start(body, { runId: 'b' })];
    await clock.advance('1s');

    expect([a.values, b.values]).toEqual([['a'], ['b']]);
  });

  it('is the context of the run in generators and in Observables that it returns', async () => {
    const { clock, start } = attemptLab();
    const generator = start(async function* () {
      await Promise.resolve();
      yield currentRun()?.runId;
    });
    const observable = start(
      () =>
        new Observable((subscriber) => {
          subscriber.next(currentRun()?.runId);
          subscriber.complete();
        }),
    );
    await clock.advance('1s');

    expect([generator.values, observable.values]).toEqual([['run-1'], ['run-1']]);
  });

  it('is the context of the run in its abort listeners, whoever aborts it', async () => {
    const { clock, start } = attemptLab();
    const { attempt, told } = start(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.onabort = () => resolve(told.push(`aborted ${String(currentRun()?.runId)}`));
        }),
    );
    await clock.advance(10);
    start(() => attempt.abort(new RunCancelledError('', '', ''), { status: 'lost' }), {
      runId: 'other',
    });
    await clock.advance(0);

    expect(told).toEqual(['lost at 10', 'aborted run-1', 'settled at 10']);
  });

  it('is not inherited by a run that another one starts, nor by what that one ends', async () => {
    const { clock, start, sleep } = attemptLab();
    const endedWithin: unknown[] = [];
    start(async () => {
      const { outcomes } = start((run) => sleep(10).then(() => run === currentRun()), {
        runId: 'inner',
      });
      // The listener's view: it pushes from within `ended`.
      outcomes.push = (...ended) => endedWithin.push(currentRun(), ...ended);
      await sleep(500);
    });
    await clock.advance('1s');

    expect(endedWithin).toEqual([undefined, { status: 'succeeded' }]);
  });

  it('goes without what an application has stored for whoever starts it, or what is started by it', async () => {
    const { clock, start } = attemptLab();
    const tenants = new AsyncLocalStorage<string>();
    const system = new SystemClock();
    const { values, called } = tenants.run('a tenant', () => ({
      ...start(() => String(tenants.getStore())),
      called: Promise.all([
        new Promise((resolve) => system.setTimer(() => resolve(tenants.getStore()), 1)),
        new Promise((resolve) => system.defer(() => resolve(tenants.getStore()))),
      ]),
    }));
    await clock.advance(0);

    expect(values).toEqual(['undefined']);
    expect(await called).toEqual([undefined, undefined]);
  });

  it('is not carried along by timers and callbacks of the system clock', async () => {
    const { clock, start } = attemptLab();
    const system = new SystemClock();
    let called: Promise<unknown> | undefined;
    start(() => {
      called = Promise.all([
        new Promise((resolve) => system.setTimer(() => resolve(currentRun()), 1)),
        new Promise((resolve) => system.defer(() => resolve(currentRun()))),
      ]);
    });
    await clock.advance(0);

    expect(await called).toEqual([undefined, undefined]);
  });
});
