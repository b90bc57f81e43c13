import { describe, expect, it } from 'vitest';
import {
  DeadlockError,
  RunCancelledError,
  RunFailedError,
  RunTimeoutError,
  UnknownWorkerError,
  WorkerDisabledError,
} from '../../../lib/core/errors.js';
import { Application, eventually, type Body, type House } from './application.js';
import { latch } from './latch.js';

/** What every engine does. */
export function itBehaves(house: House): void {
  const application = (): Application => new Application(house);

  describe('A triggered run', () => {
    it('gives its result to whoever waits for it', async () => {
      const { engine } = await application().replica({
        double: { body: ({ payload }) => (payload as { n: number }).n * 2 },
      });

      const run = await engine.trigger('double', { payload: { n: 21 } });

      await expect(run.ended(undefined)).resolves.toBe(42);
    });

    it('tells of its life in order', async () => {
      const { engine, told } = await application().replica({ work: { body: () => 1 } });

      await (await engine.trigger('work', {})).ended(undefined);

      await eventually(() => {
        expect(told('work')).toEqual(['due', 'started', 'succeeded']);
      });
    });

    it('rejects with the error that its worker threw', async () => {
      const { engine } = await application().replica({
        fails: {
          body: () => {
            throw new TypeError('no such invoice');
          },
        },
      });

      const run = await engine.trigger('fails', {});

      await expect(run.ended(undefined)).rejects.toMatchObject({
        name: 'TypeError',
        message: 'no such invoice',
      });
    });

    it.each([undefined, null, 'boom', Symbol('x'), 10n, Object.create(null)])(
      'fails once where its worker throws %s',
      async (thrown) => {
        const { engine, told } = await application().replica({
          fails: {
            body: () => {
              throw thrown;
            },
          },
        });

        const run = await engine.trigger('fails', {});

        await expect(run.ended(undefined)).rejects.toBeInstanceOf(RunFailedError);
        await eventually(() => {
          expect(told('fails')).toEqual(['due', 'started', 'failed']);
        });
      },
    );

    it('is tried again as often as its worker may', async () => {
      const attempts: number[] = [];
      const { engine } = await application().replica({
        flaky: {
          maxRetries: 2,
          backoff: { type: 'fixed', delay: 1, jitter: 0 },
          body: ({ attempt }) => {
            attempts.push(attempt);
            if (attempt < 3) throw new Error('not yet');
            return 'done';
          },
        },
      });

      const run = await engine.trigger('flaky', {});

      await expect(run.ended(undefined)).resolves.toBe('done');
      expect(attempts).toEqual([1, 2, 3]);
    });

    it('times out, and its signal says so', async () => {
      const { engine } = await application().replica({
        slow: { timeout: 50, body: untilAborted },
      });

      const run = await engine.trigger('slow', {});

      await expect(run.ended(undefined)).rejects.toBeInstanceOf(RunTimeoutError);
    });

    it('begins though as many as there are places hang, and were abandoned', async () => {
      const { engine, told } = await application().replica(
        {
          deaf: {
            timeout: 50,
            abortGrace: 50,
            concurrency: 3,
            body: () => new Promise(() => undefined),
          },
          work: { body: () => 'done' },
        },
        { maxConcurrentWorkers: 3 },
      );
      const hung = await Promise.all([1, 2, 3].map(() => engine.trigger('deaf', {})));
      for (const run of hung) await expect(run.ended(undefined)).rejects.toThrow();
      await eventually(() => {
        expect(told('deaf').filter((type) => type === 'abandoned')).toHaveLength(3);
      });

      const run = await engine.trigger('work', {});

      await expect(run.ended(undefined)).resolves.toBe('done');
    });

    it('tells the latest of its progress, however often it does', async () => {
      const { engine, events } = await application().replica({
        rows: {
          body: async ({ progress }) => {
            await eventually(() => {
              for (let row = 1; row <= 1_000; row++) progress(row / 1_000);
              expect(fractions().at(-1)).toBe(1);
            });
          },
        },
      });
      const fractions = (): (number | undefined)[] =>
        events
          .map((event) => (event.type === 'run.progress' ? event.fraction : undefined))
          .filter((fraction) => fraction !== undefined);

      await (await engine.trigger('rows', {})).ended(undefined);
    });

    it('is cancelled while it runs', async () => {
      const begun = latch();
      const { engine } = await application().replica({
        slow: {
          body: (run) => {
            begun.open();
            return untilAborted(run);
          },
        },
      });
      const run = await engine.trigger('slow', {});
      await begun.opened;

      await engine.cancel(run.id, { why: 'enough', abandon: false });

      await expect(run.ended(undefined)).rejects.toBeInstanceOf(RunCancelledError);
    });

    it('waits its turn behind another of its worker, and can be cancelled there', async () => {
      const gate = latch();
      const { engine } = await application().replica({ one: { body: () => gate.opened } });
      const first = await engine.trigger('one', {});
      const second = await engine.trigger('one', {});
      const third = await engine.trigger('one', {});

      expect(await engine.worker('one')).toMatchObject({ waiting: 2, state: 'running' });
      await engine.cancel(second.id, { why: 'not needed', abandon: false });
      gate.open();

      await first.ended(undefined);
      await third.ended(undefined);
      await expect(second.ended(undefined)).rejects.toBeInstanceOf(RunCancelledError);
    });

    it('is the same run for an equal key', async () => {
      const gate = latch();
      const { engine } = await application().replica({ one: { body: () => gate.opened } });

      const first = await engine.trigger('one', { dedupeKey: 'a' });
      const second = await engine.trigger('one', { dedupeKey: 'a' });
      gate.open();

      expect(second.id).toBe(first.id);
      await second.ended(undefined);
    });

    it('starts after its delay', async () => {
      let startedAt = 0;
      const { engine } = await application().replica({
        later: { body: () => (startedAt = performance.now()) },
      });
      const triggeredAt = performance.now();

      await (await engine.trigger('later', { delayMs: 200 })).ended(undefined);

      expect(startedAt - triggeredAt).toBeGreaterThanOrEqual(195);
    });
  });

  describe('A trigger', () => {
    it('of nobody is refused', async () => {
      const { engine } = await application().replica({ work: {} });

      await expect(engine.trigger('wrok', {})).rejects.toBeInstanceOf(UnknownWorkerError);
    });

    it('of a disabled worker is refused', async () => {
      const { engine } = await application().replica({ work: {} });
      await engine.disable('work', 'for now');

      await expect(engine.trigger('work', {})).rejects.toBeInstanceOf(WorkerDisabledError);
    });

    it('beyond maxPending is refused', async () => {
      const gate = latch();
      const { engine } = await application().replica({
        one: { maxPending: 1, body: () => gate.opened },
      });
      await engine.trigger('one', {});
      await engine.trigger('one', {});

      await expect(engine.trigger('one', {})).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      gate.open();
    });

    it('before the start is accepted, and its run starts with it', async () => {
      const member = await application().stopped({ work: { body: () => 'done' } });
      member.engine.prepare();
      const run = await member.engine.trigger('work', {});

      await member.engine.start();

      await expect(run.ended(undefined)).resolves.toBe('done');
    });
  });

  describe('A schedule', () => {
    it('starts runs at every multiple of its interval', async () => {
      const due: number[] = [];
      await application().replica({
        often: { interval: 100, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      });

      await eventually(() => {
        expect(due.length).toBeGreaterThanOrEqual(5);
      });

      const offsets = due.map((at) => (at - due[0]!) % 100);
      expect(new Set(offsets)).toEqual(new Set([0]));
      expect(new Set(due).size).toBe(due.length);
    });

    it('is off where the start is for triggers alone', async () => {
      const runs: string[] = [];
      const member = await application().stopped({
        often: { interval: 10, body: () => void runs.push('scheduled') },
        work: { body: () => void runs.push('triggered') },
      });
      member.engine.prepare();
      await member.engine.start('triggers');

      await (await member.engine.trigger('work', {})).ended(undefined);

      expect(runs).toEqual(['triggered']);
    });
  });

  describe('Gates', () => {
    it('never let two workers in conflict overlap', async () => {
      const live = new Set<string>();
      const overlaps: string[] = [];
      let runs = 0;
      const body: Body = async ({ worker }) => {
        if (live.size > 0) overlaps.push(worker);
        live.add(worker);
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        live.delete(worker);
      };
      await application().replica({
        a: { interval: 10, blocks: ['b'], body },
        b: { interval: 10, body },
      });

      await eventually(() => {
        expect(runs).toBeGreaterThan(20);
      });
      expect(overlaps).toEqual([]);
    });

    it('hold a dependent back until its dependency has succeeded', async () => {
      const order: string[] = [];
      const gate = latch();
      await application().replica({
        fetch: {
          interval: '1h',
          body: async () => {
            await gate.opened;
            order.push('fetch');
          },
        },
        process: { interval: '1h', dependsOn: ['fetch'], body: () => void order.push('process') },
      });
      gate.open();

      await eventually(() => {
        expect(order).toEqual(['fetch', 'process']);
      });
    });

    it('hold a paused worker back, and explain that', async () => {
      const { engine } = await application().replica({
        work: { interval: '1h', runOnStart: false },
      });

      await engine.pause('work');

      expect(await engine.explain('work')).toMatchObject({
        state: 'paused',
        binding: { reason: 'PAUSED', heldBy: 'work' },
      });
      await engine.resume('work');
      expect(await engine.worker('work')).toMatchObject({ state: 'idle' });
    });
  });

  describe('Failures', () => {
    it('disable a worker at its threshold, once', async () => {
      const { engine, events } = await application().replica({
        fails: {
          maxConsecutiveFailures: 2,
          body: () => {
            throw new Error('again');
          },
        },
      });

      for (let k = 0; k < 2; k++) {
        await (await engine.trigger('fails', {})).ended(undefined).catch(() => undefined);
      }

      expect(await engine.worker('fails')).toMatchObject({ state: 'disabled', failures: 2 });
      await eventually(() => {
        expect(events.filter(({ type }) => type === 'worker.disabled')).toHaveLength(1);
      });
    });
  });

  describe('Waiting inside a run', () => {
    it('for a run that cannot start before it ends is an error', async () => {
      const { engine } = await application().replica({
        one: {
          body: async ({ runId, payload }) => {
            if (payload === 'inner') return;
            await (await engine.trigger('one', { payload: 'inner' })).ended(runId);
          },
        },
      });

      const run = await engine.trigger('one', { payload: 'outer' });

      await expect(run.ended(undefined)).rejects.toBeInstanceOf(DeadlockError);
    });
  });

  describe('stop()', () => {
    it('lets runs end, and says so', async () => {
      const begun = latch();
      const gate = latch();
      const { engine, told } = await application().replica({
        slow: {
          body: async () => {
            begun.open();
            await gate.opened;
          },
        },
      });
      const run = await engine.trigger('slow', {});
      await begun.opened;

      const report = engine.stop();
      gate.open();

      expect(await report).toMatchObject({
        finished: [{ id: run.id, worker: 'slow' }],
        aborted: [],
      });
      expect(told('slow')).toContain('succeeded');
    });
  });
}

function untilAborted({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
