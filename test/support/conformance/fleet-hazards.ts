import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { inProcess } from '../../../lib/engine/in-process/in-process.js';
import { Application, eventually, type Body, type House, type Workers } from './application.js';
import { ClockThatIsSet } from './clock-that-is-set.js';
import { latch } from './latch.js';

interface HazardousFleet {
  /** On the store, with such a lease. */
  readonly houseWithLease: (leaseMs: number) => House;
  /** Whether others' locks expire by a replica's clock: then those whose clocks are ahead must stay outside. */
  readonly trustsClocks: boolean;
}

const SKEW_MS = 30_000;

/** Crons on which engines disagreed, each around a change of the clocks. */
const CRONS = [
  { cron: '30 2 * * *', timeZone: 'America/New_York' },
  { cron: '0 0 * * *', timeZone: 'America/Havana' },
  { cron: '0 2 * * *', timeZone: 'Australia/Lord_Howe' },
  { cron: '*/5 1-3 8 3,10 *', timeZone: 'Europe/Berlin' },
];

/** What went wrong with others, where many replicas share a store. */
export function itWithstandsAsFleet({ houseWithLease, trustsClocks }: HazardousFleet): void {
  describe('Hazards of a fleet', () => {
    it('B11: a cron means the same as in one process', async () => {
      const workers: Workers = Object.fromEntries(
        CRONS.map((options, index) => [`cron-${String(index)}`, options]),
      );
      const alone = await new Application(() => inProcess()).replica(workers);
      const inFleet = await new Application(houseWithLease(1_500)).replica(workers);

      for (const name of Object.keys(workers)) {
        const expected = (await alone.engine.worker(name)).nextDueAt;
        expect(expected).toBeInstanceOf(Date);
        expect((await inFleet.engine.worker(name)).nextDueAt).toEqual(expected);
      }
    });

    it('B17: replicas whose clocks are wrong move no due instant', async () => {
      const runs = { often: [] as Run[], cron: [] as Run[] };
      const app = new Application(houseWithLease(1_500));
      for (const aheadMs of trustsClocks ? [-SKEW_MS, 0] : [-SKEW_MS, 0, SKEW_MS]) {
        await app.replica(recording(runs), {}, undefined, new ClockThatIsSet(aheadMs));
      }

      await eventually(() => {
        expect(runs.often.length).toBeGreaterThan(20);
        expect(runs.cron.length).toBeGreaterThan(3);
      });
      for (const ofOne of Object.values(runs)) {
        expect(new Set(ofOne.map(({ dueAt }) => dueAt)).size).toBe(ofOne.length);
        for (const { dueAt, startedAt } of ofOne) {
          expect(startedAt - dueAt).toBeGreaterThan(-1_000);
          expect(startedAt - dueAt).toBeLessThan(SKEW_MS / 2);
        }
      }
    });

    it('B17: a clock that is set back while a run is at work costs it no lease', async () => {
      const gate = latch();
      const begun = latch();
      let often = 0;
      const workers: Workers = {
        often: { interval: 50, body: () => ++often },
        long: {
          body: ({ signal }) => {
            begun.open();
            return gate.opened.then(() => signal.aborted);
          },
        },
      };
      const app = new Application(houseWithLease(1_000));
      const one = await app.replica(workers);
      const run = await one.engine.trigger('long', {});
      await begun.opened;

      const trueNow = Date.now.bind(Date);
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => trueNow() - 3_600_000);
      onTestFinished(() => clock.mockRestore());
      const before = often;
      await eventually(() => {
        expect(often).toBeGreaterThan(before + 60);
      });
      gate.open();

      await expect(run.ended(undefined)).resolves.toBe(false);
    });

    if (trustsClocks) {
      it('B17: a replica whose clock is ahead stays outside, and says so', async () => {
        const theirs = { often: [] as Run[], cron: [] as Run[] };
        const app = new Application(houseWithLease(1_500));
        const ahead = new ClockThatIsSet(SKEW_MS);
        const { engine } = await app.replica(recording(theirs), {}, undefined, ahead);
        const runs = { often: [] as Run[], cron: [] as Run[] };
        await app.replica(recording(runs));

        await eventually(() => {
          expect(runs.often.length).toBeGreaterThan(20);
        });
        expect(await engine.status()).toMatchObject({
          engineProblem: expect.stringMatching(/clock is \d+ ms ahead of the store's/),
        });
        expect(theirs).toEqual({ often: [], cron: [] });
      });
    }

    it('B49: a long run keeps its lease while its replica drains', async () => {
      const gate = latch();
      const begun = latch();
      let starts = 0;
      let often = 0;
      const workers: Workers = {
        often: { interval: 50, body: () => ++often },
        long: {
          body: async () => {
            starts++;
            begun.open();
            await gate.opened;
            return 'done';
          },
        },
      };
      const app = new Application(houseWithLease(1_000));
      const one = await app.replica(workers, { shutdownTimeoutMs: 30_000 });
      const run = await one.engine.trigger('long', {});
      await begun.opened;
      const other = await app.replica(workers);
      const ended = (await other.engine.trigger('long', {})).ended(undefined);

      const drained = one.engine.stop();
      // Well beyond the lease.
      const before = often;
      await eventually(() => {
        expect(often).toBeGreaterThan(before + 60);
      });
      expect(starts).toBe(1);
      gate.open();

      await expect(drained).resolves.toMatchObject({ finished: [{ id: run.id, worker: 'long' }] });
      await expect(ended).resolves.toBe('done');
      expect(starts).toBe(2);
      expect(other.told('long').filter((type) => type === 'succeeded')).toHaveLength(2);
    });

    it('B50: a run that outlasts the shutdown of its replica is begun by another at once', async () => {
      const begun = latch();
      const app = new Application(houseWithLease(60_000));
      const one = await app.replica(
        {
          stubborn: {
            abortGrace: 50,
            body: () => {
              begun.open();
              return new Promise(() => undefined);
            },
          },
        },
        { shutdownTimeoutMs: 50 },
      );
      const other = await app.stopped({
        stubborn: { body: ({ attempt }) => `attempt ${String(attempt)}` },
      });
      other.engine.prepare();
      const run = await other.engine.trigger('stubborn', {});
      await begun.opened;
      await other.engine.start();

      const report = await one.engine.stop();

      expect(report).toMatchObject({ abandoned: [{ id: run.id, worker: 'stubborn' }] });
      await expect(run.ended(undefined)).resolves.toBe('attempt 2');
      // A shutdown is no failure of the worker.
      expect(await other.engine.worker('stubborn')).toMatchObject({ failures: 0 });
    });
  });
}

interface Run {
  readonly dueAt: number;
  readonly startedAt: number;
}

function recording(runs: { readonly often: Run[]; readonly cron: Run[] }): Workers {
  const recordIn =
    (ofOne: Run[]): Body =>
    ({ scheduledAt }) =>
      void ofOne.push({ dueAt: scheduledAt.getTime(), startedAt: Date.now() });
  return {
    often: { interval: 50, body: recordIn(runs.often) },
    cron: { cron: '* * * * * *', body: recordIn(runs.cron) },
  };
}
