import { describe, expect, it } from 'vitest';
import { engineLab, engineWorker, nothingEscapes, peek, sleepOn } from './engine-lab.js';

nothingEscapes();

const HANG = (): Promise<never> => new Promise(() => undefined);

describe('B20: a body that ignores its timeout', () => {
  it.each([
    ['holds its place until it settles', { holdOnTimeout: true, abortGrace: 400 }, [0, 3_000]],
    [
      'holds its place for abortGrace',
      { holdOnTimeout: false, abortGrace: 400 },
      [0, 1_000, 2_000, 3_000],
    ],
  ])('%s', async (_, options, starts) => {
    const { engine, clock, define, told } = engineLab();
    const start = clock.now();
    const begun: number[] = [];
    const reasons: unknown[] = [];
    await define('w', { interval: 1_000, timeout: 200, overlap: 'queue', ...options }, (run) => {
      begun.push(clock.now() - start);
      run.signal.addEventListener('abort', () => reasons.push(run.signal.reason));
      return sleepOn(clock)(3_000);
    });
    await engine.start();
    await clock.advance(200);
    expect(told('w').at(-1)).toBe('timed-out');
    expect(reasons).toMatchObject([{ code: 'RUN_TIMEOUT' }]);
    await clock.advance(2_800);
    expect(begun).toEqual(starts);
  });

  it('is shown as abandoned after the grace, until it settles', async () => {
    const { engine, clock, define } = engineLab();
    await define('w', { timeout: 200, abortGrace: 100 }, () => sleepOn(clock)(3_000));
    await engine.start();
    await engine.trigger('w', {});
    await clock.advance(299);
    expect(await engine.status()).toMatchObject({ running: 1, abandoned: 0 });
    await clock.advance(1);
    expect(await engine.status()).toMatchObject({ running: 0, abandoned: 1 });
    await clock.advance(2_700);
    expect(await engine.status()).toMatchObject({ running: 0, abandoned: 0 });
  });
});

describe('B21: a timed-out body that settles late', () => {
  const late: [string, () => unknown][] = [
    ['resolves', () => 'late'],
    ['rejects', () => Promise.reject(new Error('late'))],
    [
      'throws',
      () => {
        throw new Error('late');
      },
    ],
  ];
  it.each(late)('%s: run, failure, counts and handle change once', async (_, settle) => {
    const { engine, clock, define, told } = engineLab();
    await define('w', { timeout: 200, abortGrace: 100 }, () => sleepOn(clock)(3_000).then(settle));
    await engine.start();
    const run = await engine.trigger('w', {});
    const endings: unknown[] = [];
    run.ended(undefined).then(
      (value) => endings.push(value),
      (error: unknown) => endings.push(error),
    );
    await clock.advance(2_999);
    const before = await engine.worker('w');
    expect(before).toMatchObject({
      failures: 1,
      counts: { started: 1, 'timed-out': 1, failed: 0, succeeded: 0, abandoned: 1 },
    });
    const events = told('w');

    await clock.advance('1h');

    expect(await engine.worker('w')).toEqual({ ...before, abandoned: 0 });
    expect(told('w')).toEqual(events);
    expect(endings).toMatchObject([{ code: 'RUN_TIMEOUT' }]);
    expect(await peek(run.ended(undefined))).toBe(endings[0]);
  });
});

it('B23: ten bodies that never settle do not keep an eleventh worker from starting', async () => {
  const { engine, clock, told } = engineLab({ maxConcurrentWorkers: 10 });
  const stuck = Array.from({ length: 10 }, (_, k) => `stuck-${String(k)}`);
  await engine.define([
    ...stuck.map((name) => engineWorker(name, { timeout: 100, abortGrace: 50 }, HANG)),
    engineWorker('eleventh', {}, () => 'at last'),
  ]);
  await engine.start();
  for (const name of stuck) await engine.trigger(name, {});
  const run = await engine.trigger('eleventh', {});
  await clock.advance(149);
  expect(told('eleventh')).not.toContain('started');
  await clock.advance(1);
  expect(await peek(run.ended(undefined))).toBe('at last');
  const { workerStates } = await engine.status();
  expect(workerStates.filter(({ abandoned }) => abandoned === 1).map(({ name }) => name)).toEqual(
    stuck,
  );
});

it('B24: a timeout does not survive its run, a thousand times', async () => {
  const { engine, clock, define, told } = engineLab();
  const aborted: string[] = [];
  await define('w', { timeout: 50, abortGrace: 10 }, (run) => {
    run.signal.addEventListener('abort', () => aborted.push(run.runId));
    return sleepOn(clock)(10);
  });
  await engine.start();
  for (let time = 0; time < 1_000; time++) {
    await engine.trigger('w', {});
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  }
  const events = told('w').length;
  await clock.advance('1m');
  expect(told('w')).toHaveLength(events);
  expect(aborted).toEqual([]);
  expect((await engine.worker('w')).counts).toMatchObject({ succeeded: 1_000, 'timed-out': 0 });
});
