import { describe, expect, it } from 'vitest';
import { SkipRunError } from '../../lib/core/errors.js';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import { THROWN_VALUES } from '../support/thrown-values.js';
import { engineLab, nothingEscapes, peek } from './engine-lab.js';

nothingEscapes();

describe('B25: a body that throws synchronously', () => {
  it('fails once, and the worker goes on', async () => {
    const { engine, clock, define, told } = engineLab();
    let calls = 0;
    await define('w', { interval: 100 }, () => {
      if (++calls === 1) throw new Error('first');
    });
    await engine.start();
    await clock.advance(950);
    expect(calls).toBe(10);
    expect(told('w').filter((type) => type === 'failed')).toHaveLength(1);
    expect(told('w').filter((type) => type === 'succeeded')).toHaveLength(9);
  });
});

describe('B26: a body that throws what is no error', () => {
  it.each(THROWN_VALUES)(
    '$what: ends failed once, with bounded text, and the others go on',
    async ({ make }) => {
      const { engine, clock, define, told } = engineLab();
      await define('other', { interval: 10 });
      await define('w', { maxRetries: 1, backoff: 5 }, () => {
        throw make();
      });
      await engine.start();
      const run = await engine.trigger('w', {});
      await clock.advance(100);
      expect(told('w').filter((type) => type === 'failed')).toHaveLength(1);
      expect(told('w').filter((type) => type === 'retrying')).toHaveLength(1);
      const { lastError } = await engine.worker('w');
      expect(typeof lastError?.message).toBe('string');
      expect(lastError!.message.length).toBeLessThanOrEqual(2_100);
      expect(JSON.stringify(await engine.status())).toContain('"failures":1');
      await run.ended(undefined).then(
        () => expect.unreachable(),
        () => undefined,
      );
      expect(told('other').filter((type) => type === 'succeeded')).toHaveLength(11);
    },
  );
});

describe('B28: a result that no JSON could carry', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  it.each([
    ['a circle', circular],
    ['a bigint', 10n],
    ['50 MB of text', 'x'.repeat(50e6)],
    ['a function', () => undefined],
    ['undefined', undefined],
    [
      'an object whose toJSON throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
  ])('%s is a success, given to who asks as it is, and kept nowhere', async (_, result) => {
    const { engine, clock, define } = engineLab();
    await define('w', {}, () => result);
    await engine.start();
    const run = await engine.trigger('w', {});
    await clock.advance(0);
    expect(await peek(run.ended(undefined))).toBe(result);
    expect(JSON.stringify(await engine.runs({ worker: 'w' })).length).toBeLessThan(2_000);
    expect((await engine.worker('w')).counts).toMatchObject({ started: 1, succeeded: 1 });
  });
});

describe('B30: failures in a row', () => {
  const F = 'fail';
  const S = 'succeed';
  const C = 'cancelled';
  const K = 'skip';

  async function play(script: readonly string[], options = {}) {
    const lab = engineLab();
    const { engine, clock, define } = lab;
    let next = 0;
    await define('w', { maxConsecutiveFailures: 3, ...options }, () => {
      const act = script[next++];
      if (act === F) throw new Error('no');
      if (act === K) throw new SkipRunError();
      return act === C ? new Promise(() => undefined) : undefined;
    });
    await engine.start();
    for (const act of script) {
      const accepted = await engine.trigger('w', {}).catch(() => undefined);
      await clock.advance('1s');
      if (act === C && accepted !== undefined) {
        await engine.cancel(accepted.id, { why: 'test', abandon: true });
        await clock.advance('10s');
      }
    }
    return { ...lab, view: await engine.worker('w'), calls: next };
  }

  it('F F S F F with a threshold of 3 disables nobody', async () => {
    expect((await play([F, F, S, F, F])).view).toMatchObject({ enabled: true, failures: 2 });
  });

  it('F F cancelled skipped F disables at the third F, once', async () => {
    const { view, events } = await play([F, F, C, K, F]);
    expect(view).toMatchObject({ enabled: false, disabledBy: 'failures', failures: 3 });
    expect(events.filter(({ type }) => type === 'worker.disabled')).toHaveLength(1);
  });

  it('counts runs, not attempts', async () => {
    const { view, calls } = await play(
      Array.from({ length: 6 }, () => F),
      {
        maxRetries: 2,
        backoff: 1,
        maxConsecutiveFailures: 2,
      },
    );
    expect(view).toMatchObject({ enabled: false, failures: 2 });
    expect(calls).toBe(6);
  });

  it('a threshold of 0 disables never', async () => {
    const { view } = await play(
      Array.from({ length: 30 }, () => F),
      { maxConsecutiveFailures: 0 },
    );
    expect(view).toMatchObject({ enabled: true, failures: 30 });
  });

  it('reached by two runs at once disables once', async () => {
    const { engine, clock, define, events } = engineLab();
    await define('w', { concurrency: 2, maxConsecutiveFailures: 2 }, async () => {
      await Promise.resolve();
      throw new Error('no');
    });
    await engine.start();
    await Promise.all([engine.trigger('w', {}), engine.trigger('w', {})]);
    await clock.advance(0);
    expect(events.filter(({ type }) => type === 'worker.disabled')).toHaveLength(1);
  });
});

describe('B31: recovery', () => {
  it('is tried after 1, 3, 7, 15, 23 seconds, and a success resets all', async () => {
    const { engine, clock, define } = engineLab();
    const start = clock.now();
    const tries: number[] = [];
    let isFixed = false;
    await define(
      'w',
      { interval: '100ms', maxConsecutiveFailures: 1, autoEnableAfter: '1s' },
      () => {
        tries.push((clock.now() - start) / 1_000);
        if (!isFixed) throw new Error('no');
      },
    );
    await engine.start();
    await clock.advance('30s');
    expect(tries).toEqual([0, 1, 3, 7, 15, 23]);
    isFixed = true;
    await clock.advance('1s');
    expect(await engine.worker('w')).toMatchObject({ enabled: true, failures: 0 });
    isFixed = false;
    tries.length = 0;
    await clock.advance('2s');
    expect(tries).toHaveLength(2);
    expect(tries[1]! - tries[0]!).toBeCloseTo(1, 5);
  });
});

describe('B71: ten thousand runs', () => {
  it('leave a bounded history, one timer, and nothing that waits', async () => {
    const { engine, clock, define } = engineLab({ history: 20 });
    let calls = 0;
    await define('ticking', { interval: 10 }, () => ++calls);
    await define('asked', { executionMode: WorkerExecutionMode.TRIGGERED, maxPending: 10_000 });
    await engine.start();
    await clock.advance(100_000);
    expect(calls).toBe(10_001);
    const runs = await Promise.all(
      Array.from({ length: 1_000 }, () => engine.trigger('asked', {})),
    );
    await clock.advance(0);
    await runs[0]!.ended(undefined);
    expect(await engine.runs({})).toHaveLength(40);
    expect(clock.pending).toBe(1);
    const { conductor: held } = engine as unknown as {
      conductor: {
        endings: Record<'byRun' | 'waits', { values(): Iterable<unknown> }>;
        attempts: Record<'unsettled', { values(): Iterable<unknown> }>;
        alarms: { size: number };
        effects: unknown[];
      };
    };
    expect([...held.endings.byRun.values(), ...held.endings.waits.values()]).toEqual([]);
    expect([...held.attempts.unsettled.values()]).toEqual([]);
    expect(held.alarms.size).toBe(1);
    expect(held.effects).toHaveLength(0);
  });
});
