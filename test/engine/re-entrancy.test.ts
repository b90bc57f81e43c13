import { describe, expect, it } from 'vitest';
import {
  engineLab,
  engineWorker,
  nothingEscapes,
  peek,
  sleepOn,
  type EngineLab,
} from './engine-lab.js';

nothingEscapes();

async function started(lab = engineLab()): Promise<EngineLab> {
  await lab.engine.start();
  return lab;
}

describe('B40: a worker that', () => {
  it.each([
    ['a: triggers itself', 'self', {}],
    ['b: triggers its dependant', 'dependant', { dependsOn: ['self'] }],
    ['c: triggers a worker that blocks it', 'blocker', { blocks: ['self'] }],
  ])('%s is heard, and that runs later', async (_, target, options) => {
    const { engine, clock, define, told } = await started();
    let calls = 0;
    await define('self', {}, async () => {
      if (++calls === 1) await engine.trigger(target, {});
      await sleepOn(clock)(100);
    });
    if (target !== 'self') await define(target, options);
    await engine.trigger('self', {});
    await clock.advance(99);
    expect(told(target).filter((type) => type === 'started')).toHaveLength(
      target === 'self' ? 1 : 0,
    );
    await clock.advance(101);
    expect(told(target).at(-1)).toBe('succeeded');
  });

  it.each([
    ['itself', 'self', {}],
    ['its dependant', 'dependant', { dependsOn: ['self'] }],
    ['a worker that blocks it', 'blocker', { blocks: ['self'] }],
    ['a worker for which it leaves no place', 'other', {}],
  ])('d: awaits %s is told DeadlockError at once, and can go on', async (_, target, options) => {
    const { engine, clock, define, told } = await started(
      engineLab({ maxConcurrentWorkers: target === 'other' ? 1 : 10 }),
    );
    const errors: unknown[] = [];
    let calls = 0;
    await define('self', {}, async (run) => {
      if (++calls > 1) return;
      const awaited = await engine.trigger(target, {});
      await awaited.ended(run.runId).catch((error: unknown) => errors.push(error));
    });
    if (target !== 'self') await define(target, options);
    await engine.trigger('self', {});
    await clock.advance(0);
    expect(errors).toMatchObject([{ code: 'DEADLOCK', chain: ['self', target, 'self'] }]);
    expect(told(target).at(-1)).toBe('succeeded');
    expect(told('self')).not.toContain('failed');
  });

  it('d: awaits a worker that needs nothing of it gets its result', async () => {
    const { engine, clock, define } = await started();
    const answer = { of: 'everything' };
    await define('asked', {}, () => sleepOn(clock)(100).then(() => answer));
    await define('asking', {}, async (run) => (await engine.trigger('asked', {})).ended(run.runId));
    const run = await engine.trigger('asking', {});
    await clock.advance(100);
    expect(await peek(run.ended(undefined))).toBe(answer);
  });

  it('e: disables itself ends well, and runs no more', async () => {
    const { engine, clock, define, told } = await started();
    await define('w', { interval: '1s' }, () => engine.disable('w', 'enough'));
    await engine.stop();
    await engine.start();
    await clock.advance('10s');
    expect(told('w').filter((type) => type === 'succeeded')).toHaveLength(1);
    await engine.enable('w');
    await engine.enable('w');
    await clock.advance('1s');
    expect(told('w').filter((type) => type === 'succeeded')).toHaveLength(2);
  });
});

describe('B29, B42: disable and enable', () => {
  it('B29: inside its very first run: that run ends well, and enabling twice gives one schedule', async () => {
    const { engine, clock, define, told } = engineLab();
    let [calls, isFirst] = [0, true];
    await define('w', { interval: '1s' }, async () => {
      calls++;
      if (isFirst) await engine.disable('w', 'enough');
      isFirst = false;
    });
    await engine.start();
    await clock.advance('10s');
    expect(told('w').filter((type) => type === 'started' || type === 'succeeded')).toEqual([
      'started',
      'succeeded',
    ]);
    await Promise.all([engine.enable('w'), engine.enable('w')]);
    await clock.advance(0);
    calls = 0;
    await clock.advance('10s');
    expect(calls).toBe(10);
  });

  it('during a run: one schedule, no further run at once', async () => {
    const { engine, clock, define, told } = await started();
    await define('w', { interval: '10s' }, () => sleepOn(clock)(4_000));
    await clock.advance('2s');
    await engine.disable('w', 'for a moment');
    await clock.advance('1s');
    await engine.enable('w');
    await engine.enable('w');
    const starts = (): number => told('w').filter((type) => type === 'started').length;
    await clock.advance('6s');
    expect(starts()).toBe(1);
    await clock.advance('91s');
    expect(starts()).toBe(11);
  });

  it('a thousand times at random end with one timer and one schedule', async () => {
    const { engine, clock, define, told } = await started();
    await define('w', { interval: '10s' });
    let seed = 42;
    for (let k = 0; k < 1_000; k++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      if (seed % 2 === 0) await engine.disable('w', 'toggle');
      else await engine.enable('w');
      if (seed % 7 === 0) await clock.advance(seed % 5_000);
    }
    await engine.enable('w');
    await clock.advance('10s');
    expect(clock.pending).toBe(1);
    const before = told('w').filter((type) => type === 'started').length;
    await clock.advance('100s');
    expect(told('w').filter((type) => type === 'started').length - before).toBe(10);
  });
});

describe('B41: triggers in one tick', () => {
  it('are accepted up to maxPending, the others refused, and each handle settles once', async () => {
    const { engine, clock, define } = await started();
    await define('w', { maxPending: 10 }, () => sleepOn(clock)(10));
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => engine.trigger('w', {})),
    );
    const accepted = results.filter((result) => result.status === 'fulfilled');
    const refused = results.filter((result) => result.status === 'rejected');
    expect(accepted).toHaveLength(11);
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['QUEUE_FULL']));
    expect(await engine.worker('w')).toMatchObject({ running: 1, waiting: 10 });
    let settled = 0;
    for (const { value } of accepted) void value.ended(undefined).then(() => settled++);
    await clock.advance('1s');
    expect(settled).toBe(11);
  });

  it('of a target that is unknown, disabled, paused or stopping: four errors, nothing enqueued', async () => {
    const { engine, clock, define } = await started();
    for (const name of ['disabled', 'paused', 'stopping']) {
      await define(name, {}, () => sleepOn(clock)(10));
    }
    await engine.disable('disabled', 'off');
    await engine.pause('paused');
    const codes: string[] = [];
    const attempt = (name: string): Promise<unknown> =>
      engine
        .trigger(name, {})
        .catch((error: unknown) => codes.push((error as { code: string }).code));
    for (const name of ['unknown', 'disabled', 'paused']) await attempt(name);
    await engine.trigger('stopping', {});
    const stopped = engine.stop();
    await attempt('stopping');
    await clock.advance('1s');
    await stopped;
    expect(codes).toEqual([
      'UNKNOWN_WORKER',
      'WORKER_DISABLED',
      'WORKER_PAUSED',
      'ORCHESTRATOR_STOPPED',
    ]);
    expect(await engine.runs({})).toHaveLength(1);
  });
});

describe('A worker that is unregistered', () => {
  it('while it runs: the attempt ends, a retry does not come, and its place is free', async () => {
    const { engine, clock, define } = await started();
    await define('w', { maxRetries: 3, backoff: 10 }, async () => {
      await sleepOn(clock)(100);
      throw new Error('no');
    });
    const run = await engine.trigger('w', {});
    await clock.advance(50);
    await engine.remove('w');
    await clock.advance('1m');
    expect(await peek(run.ended(undefined))).toMatchObject({ message: 'no' });
    expect(await engine.status()).toMatchObject({ running: 0, waiting: 0, workers: 0 });
    expect(clock.pending).toBe(0);
  });

  it('by a listener of the start of its run: the run is cancelled, and its place is free', async () => {
    const lab = await started();
    const { engine, clock, define } = lab;
    let calls = 0;
    await define('w', {}, () => ++calls);
    lab.listen(({ type }) => {
      if (type === 'run.started') void engine.remove('w');
    });
    const run = await engine.trigger('w', {});
    await clock.advance(0);
    expect(await peek(run.ended(undefined))).toMatchObject({ code: 'RUN_CANCELLED' });
    expect(calls).toBe(0);
    expect(await engine.status()).toMatchObject({ running: 0 });
  });

  it('while it waits for its turn to begin still begins, and ends', async () => {
    const { engine, clock, define } = await started(engineLab({ maxConcurrentWorkers: 5_000 }));
    let calls = 0;
    await define('w', { concurrency: 2_000, maxPending: 2_000 }, () => ++calls);
    for (let k = 0; k < 1_500; k++) void engine.trigger('w', {});
    await engine.remove('w');
    await clock.advance(0);
    expect(calls).toBe(1_500);
    expect(await engine.status()).toMatchObject({ running: 0 });
  });
});

describe('Options that change at run time', () => {
  it('give a place in a group back that was taken under the former options', async () => {
    const { engine, clock, define } = await started(engineLab({ groups: new Map([['db', 1]]) }));
    await define('w', { groups: ['db'] }, () => sleepOn(clock)(100));
    await define('x', { groups: ['db'] });
    await engine.trigger('w', {});
    await clock.advance(0);
    await engine.redefine(engineWorker('w', {}, () => undefined));
    await clock.advance(200);
    const run = await engine.trigger('x', {});
    await clock.advance(0);
    expect(await engine.run(run.id)).toMatchObject({ status: 'succeeded' });
    expect((await engine.status()).groups).toEqual([{ name: 'db', running: 0, limit: 1 }]);
  });
});

describe('A listener', () => {
  it('that cancels the run whose start it hears of, and unregisters its worker, does not stop the engine', async () => {
    const { engine, clock, define, listen, told } = engineLab();
    await engine.start();
    await define('other', {});
    await define('w', {});
    listen((event) => {
      if (event.type !== 'run.started' || event.worker !== 'w') return;
      void engine.cancel(event.runId, { why: 'no', abandon: false }).catch(() => undefined);
      void engine.remove('w').catch(() => undefined);
    });
    await engine.trigger('w', {}).catch(() => undefined);
    await clock.advance('1s');
    await engine.trigger('other', {});
    await clock.advance('1s');
    expect(told('other').at(-1)).toBe('succeeded');
  });

  it('that throws does not keep the engine from what else there is to do', async () => {
    const { engine, clock, define, listen, told } = engineLab();
    await engine.start();
    let isToFail = true;
    listen(({ type }) => {
      if (type !== 'run.started' || !isToFail) return;
      isToFail = false;
      throw new Error('the host failed');
    });
    await expect(define('w', { interval: '1s' })).rejects.toThrow('the host failed');
    await clock.advance('2s');
    expect(told('w').filter((event) => event === 'succeeded')).toHaveLength(3);
  });
});
