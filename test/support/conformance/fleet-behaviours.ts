import { describe, expect, it } from 'vitest';
import { LeaseLostError, RunCancelledError } from '../../../lib/core/errors.js';
import { Application, eventually, type House, type Member } from './application.js';
import { latch } from './latch.js';

interface Fleet {
  readonly house: House;
  /** A house whose connection to the store the test can break, and heal. */
  readonly breakable: () => Promise<{ readonly house: House; blackhole(): void; heal(): void }>;
}

/** What every engine of many replicas does besides. */
export function itBehavesAsFleet({ house, breakable }: Fleet): void {
  const application = (): Application => new Application(house);

  describe('Two replicas', () => {
    it('run each due instant once', async () => {
      const due: number[] = [];
      const workers = {
        often: { interval: 50, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      } as const satisfies Parameters<Application['replica']>[0];
      const app = application();
      await app.replica(workers);
      await app.replica(workers);

      await eventually(() => {
        expect(due.length).toBeGreaterThan(20);
      });
      expect(new Set(due).size).toBe(due.length);
    });

    it('both trigger runs, and both learn how they end', async () => {
      const app = application();
      const workers = { double: { concurrency: 10, body: double } };
      const members = [await app.replica(workers), await app.replica(workers)];

      const runs = members.flatMap(({ engine }) =>
        [1, 2, 3, 4, 5].map(async (n) => {
          const run = await engine.trigger('double', { payload: { n } });
          return run.ended(undefined);
        }),
      );

      expect(await Promise.all(runs)).toEqual([2, 4, 6, 8, 10, 2, 4, 6, 8, 10]);
    });

    it('hear the same events, in the order of a run’s life', async () => {
      const app = application();
      const workers = { double: { body: double } };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      for (const { engine } of [one, other]) {
        await (await engine.trigger('double', { payload: { n: 1 } })).ended(undefined);
      }

      for (const { told } of [one, other]) {
        await eventually(() => {
          expect(told('double')).toEqual([
            ...['due', 'started', 'succeeded'],
            ...['due', 'started', 'succeeded'],
          ]);
        });
      }
    });

    it('obey and see what either is told', async () => {
      const app = application();
      const workers = { work: { interval: '1h', runOnStart: false } } as const;
      const [one, other] = [await app.replica(workers), await app.replica(workers)];

      await other.engine.disable('work', 'by the other');
      expect(await one.engine.worker('work')).toMatchObject({ disabledReason: 'by the other' });
      await one.engine.enable('work');
      expect(await other.engine.worker('work')).toMatchObject({ enabled: true });
      await other.engine.pauseAll();
      expect(await one.engine.status()).toMatchObject({ paused: true });
      await one.engine.resumeAll();
      expect(await other.engine.status()).toMatchObject({ paused: false });
    });

    it('cancel each other’s runs', async () => {
      const app = application();
      const workers = { slow: { body: forever } };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];

      for (const [canceller, owner] of [
        [one, other],
        [other, one],
      ] as const) {
        const run = await owner.engine.trigger('slow', {});
        await canceller.engine.cancel(run.id, { why: 'enough', abandon: false });
        await expect(run.ended(undefined)).rejects.toBeInstanceOf(RunCancelledError);
      }
    });

    it('refuse with the same errors', async () => {
      const app = application();
      const workers = { work: {} };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      await one.engine.disable('work', 'for now');

      for (const { engine } of [one, other]) {
        await expect(engine.trigger('work', {})).rejects.toMatchObject({
          code: 'WORKER_DISABLED',
          reason: 'for now',
        });
      }
    });
  });

  describe('A new leader', () => {
    it('goes on where the one before has stopped', async () => {
      const due: number[] = [];
      const workers = {
        often: { interval: 50, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      } as const satisfies Parameters<Application['replica']>[0];
      const app = application();
      const first = await app.replica(workers);
      await app.replica(workers);
      await eventually(() => {
        expect(due.length).toBeGreaterThan(5);
      });

      await first.engine.stop();
      const before = due.length;

      await eventually(() => {
        expect(due.length).toBeGreaterThan(before + 10);
      });
      expect(new Set(due).size).toBe(due.length);
      expect(new Set(due.map((at) => (at - due[0]!) % 50))).toEqual(new Set([0]));
    });

    it('keeps the runs that wait, and their handles', async () => {
      const gate = latch();
      const app = application();
      const workers = { one: { body: () => gate.opened.then(() => 'done') } };
      const first = await app.replica(workers);
      const second = await app.replica(workers);
      const handles = [
        await second.engine.trigger('one', {}),
        await second.engine.trigger('one', {}),
        await second.engine.trigger('one', {}),
      ];

      void first.engine.stop();
      gate.open();

      for (const handle of handles) await expect(handle.ended(undefined)).resolves.toBe('done');
    });

    it('remembers failures, and who is disabled and why', async () => {
      const app = application();
      const workers = {
        fails: {
          body: () => {
            throw new Error('again');
          },
        },
        off: {},
      };
      const first = await app.replica(workers);
      await (await first.engine.trigger('fails', {})).ended(undefined).catch(() => undefined);
      await first.engine.disable('off', 'by hand');
      await first.engine.stop();

      const second = await app.replica(workers);

      await eventually(async () => {
        expect(await second.engine.worker('fails')).toMatchObject({ failures: 1 });
      });
      expect(await second.engine.worker('off')).toMatchObject({ disabledReason: 'by hand' });
    });

    it('replaces one that has vanished, and its runs are lost, counted once and tried again', async () => {
      const app = application();
      const { house: fragile, blackhole } = await breakable();
      const begun = latch();
      const signals: AbortSignal[] = [];
      const slow = {
        maxRetries: 1,
        backoff: { type: 'fixed', delay: 1, jitter: 0 },
      } as const;
      await app.replica(
        {
          slow: {
            ...slow,
            body: (run) => {
              signals.push(run.signal);
              begun.open();
              return forever(run);
            },
          },
        },
        {},
        fragile,
      );
      const survivor = await app.stopped({
        slow: { ...slow, body: ({ attempt }) => `attempt ${String(attempt)}` },
      });
      survivor.engine.prepare();
      const run = await survivor.engine.trigger('slow', {});
      await begun.opened;
      await survivor.engine.start();

      blackhole();

      await expect(run.ended(undefined)).resolves.toBe('attempt 2');
      expect(survivor.told('slow')).toEqual(['due', 'started', 'retrying', 'started', 'succeeded']);
      await eventually(() => {
        expect(signals.map(({ reason }) => reason as unknown)).toEqual([
          expect.any(LeaseLostError),
        ]);
      });
    });
  });
}

function double({ payload }: { readonly payload: unknown }): number {
  return (payload as { n: number }).n * 2;
}

function forever({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

export type { Member };
