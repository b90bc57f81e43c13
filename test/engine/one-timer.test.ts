import { describe, expect, it } from 'vitest';
import { engineLab, engineWorker, nothingEscapes, sleepOn } from './engine-lab.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

nothingEscapes();

const DAY = 24 * 60 * 60 * 1000;

/** Notes the most timers that were armed at once. */
class CountingClock extends VirtualClock {
  most = 0;
  armed = 0;

  override setTimer(callback: () => void, delayMs: number): unknown {
    const timer = super.setTimer(callback, delayMs);
    this.armed++;
    this.most = Math.max(this.most, this.pending);
    return timer;
  }
}

describe('The in-process engine', () => {
  it('has at most one timer, whatever is due, runs, backs off and times out', async () => {
    const clock = new CountingClock();
    const { engine, define } = engineLab({ clock });
    for (let k = 1; k <= 20; k++) {
      await define(
        `interval-${String(k)}`,
        { interval: 10 * k, timeout: 5 * k, abortGrace: 3 },
        () => (k % 3 === 0 ? new Promise(() => undefined) : undefined),
      );
      await define(
        `failing-${String(k)}`,
        { interval: 50 * k, maxRetries: 2, backoff: 7 * k },
        () => {
          throw new Error('no');
        },
      );
    }
    await define('cron', { cron: '* * * * * *' });
    await engine.start();
    await clock.advance('3s');
    expect(clock.most).toBe(1);
    const stopped = engine.stop();
    await clock.advance('1m');
    await stopped;
    expect(clock.pending).toBe(0);
  });

  it('has no timer when nothing is due', async () => {
    const { engine, clock, define } = engineLab();
    await define('triggered', {});
    await define('off', { interval: '1s', enabled: false });
    await define('off-cron', { cron: '* * * * *', enabled: false });
    await engine.start();
    await clock.advance('1h');
    expect(clock.pending).toBe(0);
    await engine.trigger('triggered', {});
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('has none while everything is paused', async () => {
    const { engine, clock, define, told } = engineLab();
    await define('w', { interval: '1s' });
    await engine.start();
    await engine.pauseAll();
    await clock.advance('1h');
    expect(clock.pending).toBe(0);
    await engine.resumeAll();
    await clock.advance(0);
    expect(told('w').filter((type) => type === 'succeeded')).toHaveLength(2);
  });

  it('B01: waits longer than a timer can hold, to the millisecond', async () => {
    const clock = new CountingClock(Date.UTC(2026, 10, 1));
    const { engine, define } = engineLab({ clock });
    const ran: string[] = [];
    const note = (name: string) => (): void =>
      void ran.push(`${name} ${String(clock.now() - start)}`);
    const start = clock.now();
    await define('month', { interval: 30 * DAY, runOnStart: false }, note('month'));
    await define('edge', { interval: 2 ** 31, runOnStart: false }, note('edge'));
    await define('late', { interval: '100d', initialDelay: 2 ** 32 + 5_000 }, note('late'));
    const leapDay = new Date('2028-02-29T00:00:00Z');
    await define('leap', { cron: '0 0 29 2 *', timeZone: 'UTC' }, note('leap'));
    await define('slow', { timeout: 2 ** 31, abortGrace: 0 }, () => new Promise(() => undefined));
    await engine.start();
    const run = await engine.trigger('slow', {});

    await clock.advance(2 ** 31 - 1);
    expect(ran).toEqual([]);
    expect(await engine.run(run.id)).toMatchObject({ status: 'running' });
    await clock.advance(1);
    expect(ran).toEqual([`edge ${String(2 ** 31)}`]);
    expect(await engine.run(run.id)).toMatchObject({ status: 'timed-out' });

    await clock.advance(60 * DAY - 2 ** 31);
    expect(ran.filter((line) => line.startsWith('month'))).toEqual([
      `month ${String(30 * DAY)}`,
      `month ${String(60 * DAY)}`,
    ]);
    expect(ran).toContain(`late ${String(2 ** 32 + 5_000)}`);
    expect(clock.most).toBe(1);
    clock.stall(leapDay.getTime() - 1 - clock.now());
    await clock.advance(0);
    expect(ran.filter((line) => line.startsWith('leap'))).toEqual([]);
    await clock.advance('1m');
    expect(ran.filter((line) => line.startsWith('leap'))).toEqual([
      `leap ${String(leapDay.getTime() - start)}`,
    ]);
  });

  it.each([
    ['once', 1, 99],
    ['skip', 0, 0],
    ['all', 10, 0],
  ] as const)(
    'B05, B08: after a stall of 10 s an interval of 100 ms with misfire %s starts %i runs, missedCount %i',
    async (misfire, count, missed) => {
      const { engine, clock, define } = engineLab();
      const ran: { due: number; missed: number }[] = [];
      const start = clock.now();
      await define('w', { interval: 100, misfire, maxPending: 10, overlap: 'queue' }, (run) =>
        ran.push({ due: run.scheduledAt.getTime() - start, missed: run.missedCount }),
      );
      await engine.start();
      await clock.advance(50);
      ran.length = 0;
      clock.stall(10_000);
      await clock.advance(0);
      // Of the 100 due instants from 100 to 10 000.
      expect(ran).toHaveLength(count);
      expect(ran.reduce((sum, run) => sum + run.missed, 0)).toBe(missed);
      ran.length = 0;
      await clock.advance(950);
      expect(ran.map(({ due }) => due)).toEqual([...Array(10).keys()].map((k) => 10_100 + 100 * k));
    },
  );

  it('B03, B04: a wall clock that jumps moves cron only, and repeats nothing', async () => {
    const { engine, clock, define } = engineLab({
      clock: new VirtualClock('2026-03-01T10:00:30Z'),
    });
    const steady: number[] = [];
    const cron: string[] = [];
    const start = clock.now();
    await define('interval', { interval: '1m' }, () => steady.push(clock.now() - start));
    await define('cron', { cron: '*/5 * * * *', timeZone: 'UTC' }, (run) =>
      cron.push(run.scheduledAt.toISOString().slice(8, 16)),
    );
    await engine.start();
    await clock.advance('9m');
    expect(cron).toEqual(['01T10:05']);

    clock.jumpWall(DAY);
    await clock.advance('2m');
    expect(cron.length).toBeLessThanOrEqual(2);
    clock.jumpWall(-DAY - 3_600_000);
    await clock.advance('70m');
    expect(steady).toEqual([...Array(82).keys()].map((k) => 60_000 * k));
    expect(new Set(cron).size).toBe(cron.length);
    expect(cron.filter((line) => line.startsWith('01T09')).length).toBeGreaterThanOrEqual(9);
  });

  it('B06: runs once for each due instant when every timer is early', async () => {
    let armed = 0;
    class EarlyClock extends VirtualClock {
      override setTimer(callback: () => void, delayMs: number): unknown {
        return super.setTimer(callback, Math.max(0, delayMs - 1 - (armed++ % 8)));
      }
    }
    const clock = new EarlyClock('2026-03-01T00:00:30Z');
    const { engine, define } = engineLab({ clock });
    const due: string[] = [];
    await define('w', { cron: '0 * * * * *', timeZone: 'UTC' }, (run) =>
      due.push(run.scheduledAt.toISOString()),
    );
    await engine.start();
    await clock.advance('60m');
    expect(due).toHaveLength(60);
    expect(new Set(due).size).toBe(60);
    expect(armed).toBeGreaterThan(60);
  });

  it('notices a changed wall clock within a minute', async () => {
    const { engine, clock, define, told } = engineLab({
      clock: new VirtualClock('2026-03-01T10:00Z'),
    });
    await define('nightly', { cron: '0 3 * * *', timeZone: 'UTC' });
    await engine.start();
    await clock.advance('5m');
    clock.jumpWall(17 * 3_600_000);
    await clock.advance('1m');
    expect(told('nightly')).toContain('succeeded');
  });

  it('wakes up on the grid of tickInterval only', async () => {
    const { engine, clock, define } = engineLab({
      tickIntervalMs: 250,
      clock: new VirtualClock(0),
    });
    const startedAt: number[] = [];
    await define('w', { interval: 130 }, () => startedAt.push(clock.now()));
    await define('x', { interval: 400 }, () => startedAt.push(clock.now()));
    await engine.start();
    await clock.advance('2s');
    expect(startedAt.every((at) => at % 250 === 0)).toBe(true);
    expect(new Set(startedAt).size).toBe(9);
  });

  it('gives the event loop its turns while continuous workers run without a pause', async () => {
    const turns: number[] = [];
    let runs = 0;
    /** As in Node: deferred callbacks, and nothing else, wait for the next turn. */
    class TurningClock extends VirtualClock {
      override defer(callback: () => void): void {
        setImmediate(callback);
      }
    }
    const clock = new TurningClock();
    const { engine, define } = engineLab({ clock });
    await define('busy', { executionMode: 'CONTINUOUS' as never }, () => ++runs);
    await define('busy-too', { executionMode: 'CONTINUOUS' as never }, () => ++runs);
    await engine.start();
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      turns.push(runs);
    }
    await engine.stop();
    const perTurn = turns.map((count, turn) => count - (turns[turn - 1] ?? 0));
    expect(perTurn.every((count) => count > 0 && count <= 2_000)).toBe(true);
  });
});

describe('B19: 5 000 workers due at the same instant', () => {
  it('all run, in their order, never more at once than there is room', async () => {
    const { engine, clock } = engineLab({ maxConcurrentWorkers: 7 });
    const order: number[] = [];
    let [running, most] = [0, 0];
    const body = async (k: number): Promise<void> => {
      most = Math.max(most, ++running);
      order.push(k);
      await Promise.resolve();
      running--;
    };
    await engine.define(
      Array.from({ length: 5_000 }, (_, k) =>
        engineWorker(`w${String(k)}`, { interval: '1h' }, () => body(k)),
      ),
    );
    await engine.start();
    await clock.advance(0);
    expect(order).toEqual([...Array(5_000).keys()]);
    expect(most).toBe(7);
  });

  it('come due in parts, a turn of the event loop apart, before the first of them begins', async () => {
    const { engine, clock, events } = engineLab({ tickIntervalMs: 60_000 });
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    await engine.define(
      Array.from({ length: 600 }, (_, k) =>
        engineWorker(`w${String(k)}`, { interval: '1h' }, () => k),
      ),
    );
    await engine.start();
    expect([count('run.due'), count('run.started')]).toEqual([250, 0]);

    await clock.advance(0);
    expect([count('run.due'), count('run.succeeded')]).toEqual([600, 600]);
  });

  it('begin in several turns of the event loop where there is room for all', async () => {
    const { engine, clock, define } = engineLab({ maxConcurrentWorkers: 10_000 });
    const sleep = sleepOn(clock);
    let calls = 0;
    await define('w', { concurrency: 5_000, maxPending: 5_000 }, () => {
      calls++;
      return sleep(10);
    });
    await engine.start();
    await Promise.all(Array.from({ length: 5_000 }, () => engine.trigger('w', {})));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(1_000);
    await clock.advance('1s');
    expect(calls).toBe(5_000);
    expect(await engine.status()).toMatchObject({ running: 0, waiting: 0 });
  });

  it('a run that is cancelled before its turn comes never begins, and leaves no place taken', async () => {
    const { engine, clock, define } = engineLab({ maxConcurrentWorkers: 5_000 });
    const begun = new Set<string>();
    await define('w', { concurrency: 2_000, maxPending: 5_000 }, (run) => begun.add(run.runId));
    await engine.start();
    const runs = await Promise.all(Array.from({ length: 1_500 }, () => engine.trigger('w', {})));
    const last = runs.at(-1)!;
    await engine.cancel(last.id, { why: 'too late', abandon: false });
    await clock.advance(0);
    expect(begun.size).toBe(1_499);
    expect(begun.has(last.id)).toBe(false);
    expect(await engine.status()).toMatchObject({ running: 0, waiting: 0 });
  });
});
