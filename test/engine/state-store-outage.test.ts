import { describe, expect, it } from 'vitest';
import { deferred, engineLab, nothingEscapes, peek, sleepOn } from './engine-lab.js';
import { FakeStore } from './fake-store.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

nothingEscapes();

const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'not refused',
    (error: unknown) => error,
  );

describe.each(['sync', 'async'] as const)('A state store that fails (%s)', (variant) => {
  it('to save: nothing starts, the reason is ENGINE_UNAVAILABLE, and it recovers by itself', async () => {
    const store = new FakeStore(variant);
    const { engine, clock, define, events } = engineLab({ store });
    const ran: string[] = [];
    await define('a', { interval: '10s', initialDelay: '10s' }, () => ran.push('a'));
    await define('b', { interval: '10s', initialDelay: '10s' }, () => ran.push('b'));
    await engine.start();

    store.saveFault = new Error('the disk is full');
    await clock.advance('29s');
    expect(ran).toEqual([]);
    expect(await engine.status()).toMatchObject({
      engineProblem: expect.stringContaining('the disk is full'),
    });
    expect(engine.readiness()).toEqual({
      state: 'running',
      engineProblem: expect.stringContaining('the disk is full'),
    });
    // Its start was decided when the store failed, or is held back since.
    const reasons = await Promise.all(['a', 'b'].map(async (name) => engine.explain(name)));
    expect(reasons.flatMap(({ reasons: held }) => held.map(({ reason }) => reason))).toContain(
      'ENGINE_UNAVAILABLE',
    );

    store.saveFault = undefined;
    await clock.advance('1s');
    expect(new Set(ran)).toEqual(new Set(['a', 'b']));
    expect((await engine.status()).engineProblem).toBeUndefined();
    const told = events.map(({ type }) => type).filter((type) => type.startsWith('engine.'));
    expect(told).toEqual(['engine.unavailable', 'engine.recovered']);
    await clock.advance('20s');
    expect(ran.length).toBe(6);
  });

  it('to save: what runs goes on, ends, and its handle settles', async () => {
    const store = new FakeStore(variant);
    const { engine, clock, define } = engineLab({ store });
    const sleep = sleepOn(clock);
    await define('w', {}, async () => {
      await sleep(1_000);
      return 42;
    });
    await engine.start();
    const run = await engine.trigger('w', {});
    await clock.advance(0);
    store.saveFault = new Error('gone');
    await clock.advance('1s');
    expect(await peek(run.ended(undefined))).toBe(42);
  });

  it('to save: a run that was cancelled meanwhile does not begin later', async () => {
    const store = new FakeStore(variant);
    const { engine, clock, define } = engineLab({ store });
    let calls = 0;
    await define('w', {}, () => ++calls);
    await engine.start();
    await clock.advance(0);
    store.saveFault = new Error('gone');
    const run = await engine.trigger('w', {});
    await clock.advance(0);
    expect(await engine.cancel(run.id, { why: 'changed my mind', abandon: false })).toBe(true);
    store.saveFault = undefined;
    await clock.advance('5s');
    expect(calls).toBe(0);
    // Its place is free.
    const next = await engine.trigger('w', {});
    await clock.advance(0);
    expect(await peek(next.ended(undefined))).toBe(1);
  });

  it('to save, while stopping: the runs that could not begin are cancelled, and nothing is left alive', async () => {
    const store = new FakeStore(variant);
    const { engine, clock, define } = engineLab({ store });
    let calls = 0;
    await define('w', {}, () => ++calls);
    await engine.start();
    await clock.advance(0);
    store.saveFault = new Error('gone');
    const run = await engine.trigger('w', {});
    await clock.advance('500ms');
    const report = engine.stop();
    await clock.advance('5s');
    expect(await report).toMatchObject({ finished: [], aborted: [], abandoned: [], cancelled: 1 });
    expect(await peek(run.ended(undefined))).toMatchObject({ code: 'RUN_CANCELLED' });
    expect(calls).toBe(0);
    expect(clock.pending).toBe(0);
    const { saves } = store;
    await clock.advance('1h');
    expect(store.saves).toBe(saves);
  });

  it('B43: to load: start() rejects clearly, nothing runs, and start() works later', async () => {
    const store = new FakeStore(variant);
    const { engine, clock, define, told } = engineLab({ store });
    await define('w', { interval: '1m' });
    store.loadFault = new Error('no such file');
    await expect(engine.start()).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringContaining('no such file'),
    });
    await clock.advance('1h');
    expect(told('w')).toEqual([]);
    expect(clock.pending).toBe(0);

    store.loadFault = undefined;
    await engine.start();
    await clock.advance(0);
    expect(told('w')).toContain('succeeded');
  });
});

describe('A slow state store', () => {
  it('makes an attempt wait until its claim is saved', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define, told } = engineLab({ store });
    let calls = 0;
    await define('w', { interval: '1m', initialDelay: '1m' }, () => ++calls);
    await engine.start();
    await clock.advance('59s');
    const { release } = store.hold();
    await clock.advance('5s');
    expect(calls).toBe(0);
    release();
    await clock.advance(0);
    expect(calls).toBe(1);
    expect(told('w').at(-1)).toBe('succeeded');
  });

  it('gets one call at a time, the newest memory last', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define } = engineLab({ store });
    const sleep = sleepOn(clock);
    store.slow = () => sleep(70);
    await Promise.all([
      define('a', { interval: 100 }),
      define('b', { interval: 30 }),
      (async () => {
        const started = engine.start();
        await clock.advance('5s');
        await started;
      })(),
    ]);
    await clock.advance('5s');
    expect(store.mostGoing).toBe(1);
    const stopped = engine.stop();
    await clock.advance('2s');
    await stopped;
    const { lastRun } = await engine.worker('a');
    expect(store.held.get('a')?.claimedThrough).toBeGreaterThanOrEqual(
      lastRun!.scheduledAt.getTime(),
    );
  });

  it('that has not answered for 10 s makes the engine unavailable, until it does', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define, events } = engineLab({ store });
    let calls = 0;
    await define('w', { interval: '1m', initialDelay: '1m' }, () => ++calls);
    await engine.start();
    await clock.advance('59s');
    const { release } = store.hold();
    await clock.advance('30s');
    expect(calls).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'engine.unavailable' });
    release();
    await clock.advance(0);
    expect(calls).toBe(1);
    expect(events.map(({ type }) => type)).toContain('engine.recovered');
  });

  it('that never answers the load fails the start after 10 s', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define } = engineLab({ store });
    await define('w', { interval: '1m' });
    store.hold();
    const started = expect(engine.start()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await clock.advance('10s');
    await started;
    expect(clock.pending).toBe(0);
  });

  it('started twice while it loads is loaded once, and does not forget what ran since', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define, told } = engineLab({ store });
    await define('w', { interval: '1m' });
    const { release } = store.hold();
    const starts = [engine.start(), engine.start()];
    release();
    await Promise.all(starts);
    await clock.advance(0);
    expect(store.loads).toBe(1);
    expect(told('w').filter((type) => type === 'started')).toHaveLength(1);
  });

  it('that is still loading when the orchestrator is stopped starts nothing later', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define, told } = engineLab({ store });
    await define('w', { interval: '1m' });
    const { release } = store.hold();
    const started = engine.start();
    const stopped = engine.stop();
    release();
    await clock.advance('5s');
    await Promise.all([started, stopped]);
    await clock.advance('1h');
    expect(told('w')).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(store.closes).toBe(1);
  });

  it('whose close hangs does not hold the shutdown up', async () => {
    const store = new FakeStore('async');
    store.closing = () => new Promise(() => undefined);
    const { engine, clock, define } = engineLab({ store });
    await define('w', { interval: '1m' });
    await engine.start();
    const stopped = engine.stop();
    await clock.advance('1s');
    expect(await peek(stopped)).toMatchObject({ durationMs: 1_000 });
    expect(clock.pending).toBe(0);
  });

  it('whose save hangs does not hold the shutdown up, and every handle settles', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define } = engineLab({ store });
    await define('w', { maxPending: 5 });
    await engine.start();
    await clock.advance(0);
    store.hold();
    const accepted = engine.trigger('w', {});
    await clock.advance('500ms');
    const stopped = engine.stop();
    await clock.advance('2s');
    expect(await peek(stopped)).toMatchObject({ cancelled: 1 });
    const run = await accepted;
    expect(await peek(run.ended(undefined))).toMatchObject({ code: 'RUN_CANCELLED' });
    expect(clock.pending).toBe(0);
  });

  it.each(['save', 'close'] as const)(
    'whose %s hung at the stop fails the next start after 10 s, until it answers',
    async (call) => {
      const store = new FakeStore('async');
      const { engine, clock, define, told } = engineLab({ store });
      await define('w', { interval: '1m', initialDelay: '1s' });
      await engine.start();
      await clock.advance(0);
      const answer = deferred();
      if (call === 'save') store.slow = () => answer.promise;
      else store.closing = () => answer.promise;
      await clock.advance('30s');
      const stopped = engine.stop();
      await clock.advance('1s');
      await stopped;
      const before = told('w').length;

      const { loads } = store;
      const started = refusal(engine.start());
      await clock.advance('10s');
      expect(await started).toMatchObject({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringContaining('it has not answered for 10 s'),
      });
      expect(await engine.status()).toMatchObject({ state: 'stopped' });
      expect(clock.pending).toBe(0);
      expect(store.loads).toBe(loads);

      store.slow = () => Promise.resolve();
      store.closing = () => Promise.resolve();
      answer.resolve();
      await clock.advance(0);
      await engine.start();
      await clock.advance('2m');
      expect(told('w').length).toBeGreaterThan(before);
    },
  );

  it('that hangs in the load is asked nothing more, and leaves no timer after the stop', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define } = engineLab({ store });
    await define('w', { interval: '1m' });
    const { release } = store.hold();
    const asked = [engine.start(), engine.trigger('w', {})].map(refusal);
    await clock.advance('1s');
    const stopped = engine.stop();
    await clock.advance('1s');
    expect(await peek(stopped)).toMatchObject({ durationMs: 1_000 });
    expect(clock.pending).toBe(0);
    for (const each of asked) expect(await each).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });

    const again = refusal(engine.start());
    await clock.advance('10s');
    expect(await again).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(store).toMatchObject({ loads: 1, closes: 0 });

    release();
    await clock.advance(0);
    expect(store).toMatchObject({ loads: 1, closes: 1 });
    await engine.start();
    expect(await engine.status()).toMatchObject({ state: 'running' });
  });

  it('that is slow to close: who stops the orchestrator while it starts again has the last word', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define, told } = engineLab({ store });
    await define('w', { interval: '1m' });
    await engine.start();
    await clock.advance(0);
    const before = told('w').length;
    const closed = deferred();
    store.closing = () => closed.promise;
    const first = engine.stop();
    await clock.advance('1s');
    await first;

    const started = engine.start();
    const second = engine.stop();
    closed.resolve();
    await clock.advance('2s');
    await Promise.all([started, second]);
    expect(await engine.status()).toMatchObject({ state: 'stopped' });
    await clock.advance('1h');
    expect(told('w')).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  it('B50: is not touched after the deadline of the shutdown, and no timer is left', async () => {
    const store = new FakeStore('async');
    const { engine, clock, define } = engineLab({ store, shutdownTimeoutMs: 500 });
    await define('deaf', { interval: '1s', abortGrace: 200 }, () => sleepOn(clock)(3_000));
    await define('ticking', { interval: 100 });
    await engine.start();
    await clock.advance('1s');
    const report = engine.stop();
    await clock.advance(700);
    expect(await peek(report)).toMatchObject({ abandoned: [{ worker: 'deaf' }] });
    const { saves, loads, closes } = store;
    expect(closes).toBe(1);

    await clock.advance('5s');

    expect(store).toMatchObject({ saves, loads, closes });
    expect(clock.pending).toBe(0);
  });

  it('that fails to close is logged, and the shutdown ends well', async () => {
    const store = new FakeStore('async');
    store.closing = () => Promise.reject(new Error('locked'));
    const { engine, clock, define, logger } = engineLab({ store });
    await define('w', { interval: '1m' });
    await engine.start();
    const stopped = engine.stop();
    await clock.advance('1s');
    await stopped;
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('locked'));
  });
});

it('A failing store is told once, not with each try', async () => {
  const store = new FakeStore('sync');
  const clock = new VirtualClock();
  const { engine, define, events, logger } = engineLab({ store, clock });
  await define('w', { interval: '1m' });
  await engine.start();
  store.saveFault = new Error('gone');
  await clock.advance('10m');
  expect(events.filter(({ type }) => type === 'engine.unavailable')).toHaveLength(1);
  expect(logger.error).not.toHaveBeenCalled();
  expect(store.saves).toBeGreaterThan(300);
});

describe('A damaged state store', () => {
  const sound = { worker: 'w', schedule: 'fixed-rate 60000', consecutiveFailures: 0 };
  it.each([
    ['an instant that is text', { ...sound, anchorAt: '2026' }, 'anchorAt = "2026"'],
    ['an instant that is none', { ...sound, claimedThrough: NaN }, 'claimedThrough = NaN'],
    ['an instant beyond all dates', { ...sound, lastEndAt: 1e300 }, 'lastEndAt = 1e+300'],
    ['a count that is text', { ...sound, consecutiveFailures: '3' }, 'consecutiveFailures = "3"'],
    ['a flag without its reason', { ...sound, disabled: true }, 'disabled = true'],
    ['no name', {}, 'worker = undefined'],
    ['nothing', null, 'worker = undefined'],
  ])('with %s is refused at the start, saying where, and hurts nobody', async (_, held, what) => {
    const { engine, clock, define, told } = engineLab({
      store: { load: () => [held as never], save: () => undefined },
    });
    await define('w', { interval: '1m' });
    await expect(engine.start()).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(/what it holds of the worker .*; remove that entry/),
    });
    await expect(engine.start()).rejects.toThrow(what);
    await clock.advance('1h');
    expect(told('w')).toEqual([]);
  });

  it('that loads no array is refused', async () => {
    const { engine } = engineLab({
      store: { load: () => undefined as never, save: () => undefined },
    });
    await expect(engine.start()).rejects.toThrow('load() gave undefined, no array');
  });
});
