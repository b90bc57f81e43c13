import { describe, expect, it } from 'vitest';
import { OrchestratorStoppedError, RunCancelledError } from '../../lib/core/errors.js';
import {
  deferred,
  engineLab,
  nothingEscapes,
  peek,
  sleepOn,
  type EngineLab,
} from './engine-lab.js';

nothingEscapes();

const HANG = (): Promise<never> => new Promise(() => undefined);

async function running(lab: EngineLab): Promise<EngineLab> {
  await lab.engine.start();
  return lab;
}

describe('stop()', () => {
  it('sorts what it found running, and counts what it cancelled', async () => {
    const lab = engineLab({ shutdownTimeoutMs: 1_000 });
    const { engine, clock, define } = await running(lab);
    const sleep = sleepOn(clock);
    await define('short', {}, () => sleep(500));
    await define(
      'obedient',
      {},
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    await define('deaf', { abortGrace: 200 }, HANG);
    await define('backing-off', { maxRetries: 1, backoff: '1h' }, () => {
      throw new Error('no');
    });
    const ids: Partial<Record<'short' | 'obedient' | 'deaf' | 'backing-off', string>> = {};
    for (const name of ['short', 'obedient', 'deaf', 'backing-off'] as const) {
      ids[name] = (await engine.trigger(name, {})).id;
    }
    await engine.trigger('deaf', {}); // waits
    await engine.trigger('short', { delayMs: 60_000 });
    await clock.advance(100);

    const report = engine.stop();
    await clock.advance('5s');
    expect(await peek(report)).toEqual({
      finished: [{ id: ids.short, worker: 'short' }],
      aborted: [{ id: ids.obedient, worker: 'obedient' }],
      abandoned: [{ id: ids.deaf, worker: 'deaf' }],
      cancelled: 3,
      durationMs: 1_200,
    });
    expect(clock.pending).toBe(0);
    expect(await engine.status()).toMatchObject({ state: 'stopped', abandoned: 1, waiting: 0 });
  });

  it('is as quick as the runs that it waits for', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('w', {}, () => sleepOn(clock)(700));
    await engine.trigger('w', {});
    await clock.advance(0);
    const report = engine.stop();
    await clock.advance(700);
    expect(await peek(report)).toMatchObject({ durationMs: 700 });
  });

  it('gives every call the same report, also while draining and after', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('w', {}, () => sleepOn(clock)(700));
    await engine.trigger('w', {});
    await clock.advance(0);
    const first = engine.stop();
    await clock.advance(100);
    const second = engine.stop();
    await clock.advance('1s');
    expect(await second).toBe(await first);
    expect(await engine.stop()).toBe(await first);
    expect((await first).finished).toHaveLength(1);
  });

  it('called by a listener of its own event joins the drain in progress', async () => {
    const lab = await running(engineLab());
    const { engine, clock, define } = lab;
    let inner: Promise<unknown> | undefined;
    lab.listen(({ type }) => {
      if (type === 'orchestrator.draining') inner = engine.stop();
    });
    await define('w', {}, () => sleepOn(clock)(700));
    await engine.trigger('w', {});
    await clock.advance(0);
    const outer = engine.stop();
    await clock.advance(700);
    expect(await peek(outer)).toMatchObject({ durationMs: 700 });
    expect(await inner).toBe(await outer);
  });

  it.each(['run.failed', 'worker.disabled', 'run.due', 'run.started'] as const)(
    'called by a listener of %s lets what was decided already begin, and waits for it',
    async (type) => {
      const lab = await running(engineLab({ maxConcurrentWorkers: 1 }));
      const { engine, clock, define } = lab;
      const log: string[] = [];
      const failure = deferred();
      await define('a', { maxConsecutiveFailures: 1 }, () => failure.promise);
      await define('b', {}, async ({ signal }) => {
        log.push('begins');
        signal.addEventListener('abort', () => log.push('aborted'));
        await sleepOn(clock)(1_000);
        log.push('ends');
      });
      let report: Promise<unknown> | undefined;
      const refused: Promise<unknown>[] = [];
      lab.listen((event) => {
        if (event.type === 'orchestrator.stopped') log.push('stopped');
        if (event.type !== type || report !== undefined) return;
        report = engine.stop();
        for (const late of [engine.trigger('b', {}), engine.start()]) {
          refused.push(late.catch((error: unknown) => error));
        }
      });
      const isOfFailure = type === 'run.failed' || type === 'worker.disabled';
      if (isOfFailure) await engine.trigger('a', {});
      const run = await engine.trigger('b', {});
      if (isOfFailure) failure.reject(new Error('no'));
      await clock.advance('1m');

      for (const late of refused) expect(await late).toBeInstanceOf(OrchestratorStoppedError);
      expect(log).toEqual(['begins', 'ends', 'stopped']);
      expect(await peek(report!)).toMatchObject({ finished: [{ id: run.id, worker: 'b' }] });
    },
  );

  it('B40 f: inside a run does not wait for that run, which goes on', async () => {
    const { engine, clock, define, told } = await running(engineLab());
    const reports: unknown[] = [];
    await define('suicidal', {}, async (run) => {
      reports.push(await engine.stop(run.runId));
      await sleepOn(clock)(50);
      return 'done';
    });
    await define('other', {}, () => sleepOn(clock)(300));
    const other = await engine.trigger('other', {});
    const run = await engine.trigger('suicidal', {});
    await clock.advance(300);
    expect(reports).toEqual([
      expect.objectContaining({ finished: [{ id: other.id, worker: 'other' }], durationMs: 300 }),
    ]);
    await clock.advance(50);
    expect(await peek(run.ended(undefined))).toBe('done');
    expect(told('suicidal').at(-1)).toBe('succeeded');
    expect(clock.pending).toBe(0);
  });

  it('inside two runs at once ends for both', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('a', {}, (run) => engine.stop(run.runId));
    await define('b', {}, (run) => engine.stop(run.runId));
    const runs = await Promise.all([engine.trigger('a', {}), engine.trigger('b', {})]);
    await clock.advance(0);
    for (const run of runs)
      expect(await peek(run.ended(undefined))).toMatchObject({ finished: [] });
  });

  it('inside a run while another stop() is going on lets both end', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('w', {}, async (run) => {
      await sleepOn(clock)(100);
      await engine.stop(run.runId);
    });
    await engine.trigger('w', {});
    await clock.advance(0);
    const report = engine.stop();
    await clock.advance(100);
    expect(await peek(report)).toMatchObject({ durationMs: 100, abandoned: [], aborted: [] });
  });

  it('before start() is harmless, and start() works afterwards', async () => {
    const { engine, clock, define, told } = engineLab();
    await define('w', { interval: '1m' });
    expect(await engine.stop()).toMatchObject({ finished: [], cancelled: 0 });
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    await engine.start();
    await clock.advance(0);
    expect(told('w')).toContain('succeeded');
  });

  it('then start(): the schedules go on, and what was missed is made up for', async () => {
    const { engine, clock, define } = engineLab();
    const start = clock.now();
    const ran: [due: number, missed: number][] = [];
    await define('w', { interval: '1m' }, (run) =>
      ran.push([run.scheduledAt.getTime() - start, run.missedCount]),
    );
    await engine.start();
    await clock.advance('90s');
    await engine.stop();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    await clock.advance('5m');
    await engine.start();
    await clock.advance('1m');
    expect(ran).toEqual([
      [0, 0],
      [60_000, 0],
      [120_000, 4],
      [420_000, 0],
    ]);
  });

  it('refuses start() while it goes on, and loses nothing by that', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('w', {}, () => sleepOn(clock)(500));
    await engine.trigger('w', {});
    await clock.advance(0);
    const report = engine.stop();
    await expect(engine.start()).rejects.toMatchObject({ code: 'ORCHESTRATOR_STOPPED' });
    await clock.advance(500);
    expect(await peek(report)).toMatchObject({ finished: [{ worker: 'w' }], durationMs: 500 });
    await engine.start();
    expect(await engine.status()).toMatchObject({ state: 'running' });
  });

  it('B30: an abort by the shutdown changes no failure count', async () => {
    const { engine, clock, define } = await running(engineLab({ shutdownTimeoutMs: 0 }));
    await define(
      'w',
      {},
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    await engine.trigger('w', {});
    await clock.advance(0);
    const report = engine.stop();
    await clock.advance('2s');
    expect((await report).aborted).toHaveLength(1);
    expect(await engine.worker('w')).toMatchObject({ failures: 0 });
  });

  it('B46: ends within its own deadline, whatever a run does', async () => {
    const { engine, clock, define } = await running(engineLab({ shutdownTimeoutMs: 500 }));
    await define('deaf', { abortGrace: 200 }, HANG);
    await engine.trigger('deaf', {});
    await clock.advance(0);
    const report = engine.stop();
    await clock.advance(1_200);
    expect(await peek(report)).toMatchObject({ abandoned: [{ worker: 'deaf' }] });
    expect(clock.pending).toBe(0);
  });

  it('B48: nothing starts any more: triggers, due instants, backoffs, delayed runs', async () => {
    const { engine, clock, define, events } = await running(engineLab());
    const refused: unknown[] = [];
    await define('host', {}, async () => {
      await sleepOn(clock)(10_000);
      await engine.trigger('victim', {}).catch((error: unknown) => refused.push(error));
    });
    await define('victim', {});
    await define('ticking', { interval: '1s', initialDelay: '1s' });
    await define('retrying', { maxRetries: 5, backoff: '2s' }, () => {
      throw new Error('no');
    });
    await engine.trigger('host', {});
    await engine.trigger('retrying', {});
    await engine.trigger('victim', { delayMs: 3_000 });
    await clock.advance(500);
    events.length = 0;
    const report = engine.stop();
    await clock.advance('20s');
    await report;
    expect(events.filter(({ type }) => type === 'run.started')).toEqual([]);
    expect(refused).toMatchObject([{ code: 'ORCHESTRATOR_STOPPED' }]);
    await expect(engine.trigger('victim', {})).rejects.toMatchObject({
      code: 'ORCHESTRATOR_STOPPED',
    });
  });

  it('B49: lets a long last run end well, and no other begins meanwhile', async () => {
    const { engine, clock, define, told } = await running(engineLab({ shutdownTimeoutMs: 10_000 }));
    let [calls, isAborted] = [0, false];
    await define('w', { interval: '1s', overlap: 'queue' }, async (run) => {
      calls++;
      await sleepOn(clock)(5_000);
      isAborted = run.signal.aborted;
    });
    await clock.advance(100);
    const report = engine.stop();
    await clock.advance('5s');
    expect(await peek(report)).toMatchObject({ finished: [{ worker: 'w' }], aborted: [] });
    await clock.advance('1m');
    expect([calls, isAborted]).toEqual([1, false]);
    expect(told('w').filter((type) => type === 'succeeded')).toHaveLength(1);
  });

  it('I6: every accepted run has ended, and its handle has settled, once it resolves', async () => {
    const { engine, clock, define, events } = await running(
      engineLab({ shutdownTimeoutMs: 100, maxConcurrentWorkers: 3 }),
    );
    for (const name of ['a', 'b', 'c', 'd']) {
      await define(name, { abortGrace: 50 }, name < 'c' ? HANG : () => sleepOn(clock)(30));
    }
    const runs = await Promise.all(
      ['a', 'b', 'c', 'd'].flatMap((name) => [engine.trigger(name, {}), engine.trigger(name, {})]),
    );
    await clock.advance(40);
    const report = engine.stop();
    await clock.advance('2s');
    await report;
    for (const run of runs) expect(await peek(run.ended(undefined))).not.toBe('pending');
    const ends = events.filter(({ type }) =>
      /run\.(succeeded|failed|cancelled|timed-out)/.test(type),
    );
    expect(ends).toHaveLength(8);
    const told = events.length;
    await clock.advance('1h');
    expect(events).toHaveLength(told);
  });

  it('does not wait for a run that was abandoned by hand', async () => {
    const { engine, clock, define } = await running(engineLab());
    await define('deaf', { abortGrace: '1h' }, HANG);
    const run = await engine.trigger('deaf', {});
    await clock.advance(0);
    await engine.cancel(run.id, { why: 'stuck', abandon: true });
    const report = engine.stop();
    await clock.advance(0);
    expect(await peek(report)).toMatchObject({ abandoned: [], durationMs: 0 });
    expect(clock.pending).toBe(0);
  });

  it('a late settlement after it changes nothing', async () => {
    const { engine, clock, define, events } = await running(engineLab({ shutdownTimeoutMs: 0 }));
    const { promise, resolve } = deferred();
    await define('deaf', { abortGrace: 0 }, () => promise);
    await engine.trigger('deaf', {});
    await clock.advance(0);
    const report = engine.stop();
    await clock.advance('2s');
    expect((await report).abandoned).toHaveLength(1);
    const told = events.length;
    resolve();
    await clock.advance('1h');
    expect(events).toHaveLength(told);
    expect(await engine.status()).toMatchObject({ abandoned: 0, running: 0 });
  });
});

it('B43: start and stop in the same tick, fifty times', async () => {
  const { engine, clock, define } = engineLab();
  await define('w', { interval: 10 });
  for (let k = 0; k < 50; k++) {
    const started = engine.start();
    const stopped = engine.stop();
    await clock.advance(0);
    await Promise.all([started, stopped]);
    expect(clock.pending).toBe(0);
    expect(await engine.status()).toMatchObject({ state: 'stopped', running: 0 });
  }
  await engine.start();
  await clock.advance(0);
  expect((await engine.worker('w')).counts.succeeded).toBeGreaterThan(0);
});

describe('A run that calls stop()', () => {
  it('and then fails settles its handle, and no alarm is left', async () => {
    const { engine, clock, define } = engineLab();
    await engine.start();
    const go = deferred();
    await define('w', { maxRetries: 3 }, async (run) => {
      await engine.stop(run.runId);
      await go.promise;
      throw new Error('boom');
    });
    const run = await engine.trigger('w', {});
    await clock.advance('1s');
    go.resolve();
    await clock.advance('10m');
    expect(await peek(run.ended(undefined))).toBeInstanceOf(RunCancelledError);
    expect(engine.nextWakeAt()).toBeUndefined();
  });
});
