import { describe, expect, it } from 'vitest';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import { deferred, engineLab, nothingEscapes, sleepOn, type EngineLab } from './engine-lab.js';
import { FakeStore } from './fake-store.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

nothingEscapes();

describe.each(['sync', 'async'] as const)('With a state store (%s)', (variant) => {
  /** A process: its engine with one worker, which notes the instants it runs for. */
  async function boot(
    store: FakeStore,
    clock: VirtualClock,
    options: WorkerOptions,
    body: () => unknown = () => undefined,
  ): Promise<EngineLab & { ran: number[] }> {
    const ran: number[] = [];
    const lab = engineLab({ store, clock });
    await lab.define('w', options, (run) => {
      ran.push(run.scheduledAt.getTime());
      return body();
    });
    await lab.engine.start();
    await clock.advance(0);
    return { ...lab, ran };
  }

  it('a restart keeps the failures in a row', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock()];
    const fail = (): never => {
      throw new Error('no');
    };
    const first = await boot(store, clock, { interval: '1m', maxConsecutiveFailures: 5 }, fail);
    await clock.advance('1m');
    await first.engine.stop();

    const second = await boot(store, clock, { interval: '1m', maxConsecutiveFailures: 3 }, fail);
    expect(await second.engine.worker('w')).toMatchObject({ failures: 2, enabled: true });
    await clock.advance('1m');
    expect(await second.engine.worker('w')).toMatchObject({
      failures: 3,
      enabled: false,
      disabledBy: 'failures',
    });
  });

  it('a restart keeps who was disabled, why and since when; enabling outlives it too', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(1_000_000)];
    const first = await boot(store, clock, { interval: '1m' });
    await first.engine.disable('w', 'the disk is full');
    await clock.advance('1h');

    const second = await boot(store.copy(), clock, { interval: '1m' });
    expect(await second.engine.worker('w')).toMatchObject({
      enabled: false,
      disabledBy: 'operator',
      disabledReason: 'the disk is full',
      disabledAt: new Date(1_000_000),
    });
    expect(second.ran).toEqual([]);

    await first.engine.enable('w');
    const third = await boot(store.copy(), clock, { interval: '1m' });
    expect(await third.engine.worker('w')).toMatchObject({ enabled: true });
  });

  it('disabling has been saved when the call resolves', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock()];
    const { engine } = await boot(store, clock, { interval: '1m' });
    await engine.disable('w', 'enough');
    expect(store.held.get('w')?.disabled?.reason).toBe('enough');
  });

  it('a restart goes on with the same due instants, and makes up once for those it missed', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const first = await boot(store, clock, { interval: '1m' });
    await clock.advance('2m');
    expect(first.ran).toEqual([0, 60_000, 120_000]);
    await first.engine.stop();

    clock.stall('210s'); // 330 s: the instants 180, 240 and 300 were missed
    const second = await boot(store, clock, { interval: '1m' });
    expect(second.ran).toEqual([180_000]);
    await clock.advance('1m');
    expect(second.ran).toEqual([180_000, 360_000]);
  });

  it('a restart at once claims no due instant twice', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const first = await boot(store, clock, { interval: '1m' });
    await first.engine.stop();
    const second = await boot(store, clock, { interval: '1m' });
    expect(second.ran).toEqual([]);
  });

  it('B15: killed after any save, no due instant runs twice, and none is lost silently', async () => {
    const clock = new VirtualClock(0);
    const store = new FakeStore(variant);
    const points: { at: number; store: FakeStore; bodiesBegun: number[] }[] = [];
    const begun: number[] = [];
    store.onSave = () => {
      // What happens between this save and the next one may or may not have happened.
      queueMicrotask(() => {
        points.push({ at: clock.now(), store: store.copy(), bodiesBegun: [...begun] });
      });
    };
    const lab = engineLab({ store, clock });
    const sleep = sleepOn(clock);
    await lab.define('w', { interval: 1_000 }, async (run) => {
      begun.push(run.scheduledAt.getTime());
      await sleep(300);
    });
    await lab.engine.start();
    await clock.advance('5s');

    expect(points.length).toBeGreaterThanOrEqual(10);
    for (const point of points) {
      const later = new VirtualClock(point.at);
      const next = await boot(point.store, later, { interval: 1_000 });
      await later.advance('3s');
      const all = [...point.bodiesBegun, ...next.ran];
      expect(new Set(all).size).toBe(all.length);
      // Each instant ran, or its run had been claimed when the process was killed: at most one is in doubt.
      const missing = [...Array(Math.floor(later.now() / 1_000)).keys()]
        .map((k) => k * 1_000)
        .filter((instant) => !all.includes(instant));
      expect(missing.length).toBeLessThanOrEqual(1);
    }
  });

  it('a body begins only after its due instant has been claimed for good', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const claimed: (number | undefined)[] = [];
    await boot(store, clock, { interval: '1m' }, () => {
      claimed.push(store.held.get('w')?.claimedThrough);
    });
    await clock.advance('1m');
    expect(claimed).toEqual([0, 60_000]);
  });

  it('a worker that is registered again goes on where it was', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const lab = await boot(store, clock, { interval: '1m' });
    await clock.advance('1m');
    await lab.engine.remove('w');
    const again: number[] = [];
    await lab.define('w', { interval: '1m' }, (run) => again.push(run.scheduledAt.getTime()));
    await clock.advance(0);
    expect(lab.ran).toEqual([0, 60_000]);
    expect(again).toEqual([]);
    await clock.advance('1m');
    expect(again).toEqual([120_000]);
  });

  it('of workers that were unregistered, the latest thousand are remembered', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const { engine, define } = await boot(store, clock, { interval: '1m' });
    for (let index = 0; index <= 1_001; index++) {
      await define(`tenant-${index}`, {});
      await engine.remove(`tenant-${index}`);
    }
    await clock.advance('1m');
    await engine.stop();

    expect(store.held.size).toBe(1_001);
    expect([...store.held.keys()]).toEqual(expect.arrayContaining(['w', 'tenant-2']));
    expect(store.held.has('tenant-1')).toBe(false);
  });

  it('one that is registered again is not among those that left, though nothing of it changes', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const { engine, define } = engineLab({ store, clock });
    await engine.start('triggers');
    await define('w', {});
    await engine.disable('w', 'by hand');
    await engine.remove('w');
    await define('w', {});
    for (let index = 0; index <= 1_001; index++) {
      await define(`tenant-${index}`, {});
      await engine.disable(`tenant-${index}`, 'by hand');
      await engine.remove(`tenant-${index}`);
    }
    await engine.stop();

    expect(store.held.get('w')).toMatchObject({ disabled: { reason: 'by hand' } });
  });

  it('what a former process left of workers that are not registered yet stays', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const first = engineLab({ store, clock });
    await first.engine.start();
    for (let index = 0; index < 1_100; index++) await first.define(`tenant-${index}`, {});
    await first.engine.disable('tenant-0', 'by hand');
    await first.engine.stop();
    const second = engineLab({ store, clock });
    await second.engine.start();
    await second.define('other', {});
    await second.engine.remove('other');
    await second.define('tenant-0', {});

    expect(await second.engine.worker('tenant-0')).toMatchObject({ disabledReason: 'by hand' });
  });

  it('a command before the start does not forget what a former process left', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const first = await boot(store, clock, { interval: '1m' });
    await clock.advance('1m');
    await first.engine.stop();
    const second = engineLab({ store, clock });
    await second.define('w', { interval: '1m' });
    await second.engine.disable('w', 'not today');
    expect(store.held.get('w')).toMatchObject({
      claimedThrough: 60_000,
      disabled: { reason: 'not today' },
    });
    await second.engine.start();
    expect(await second.engine.worker('w')).toMatchObject({ disabledReason: 'not today' });
  });

  it('a worker that was disabled by a former process refuses triggers also before the start', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const first = await boot(store, clock, {});
    await first.engine.disable('w', 'broken');
    await first.engine.stop();
    const second = engineLab({ store, clock });
    await second.define('w', {});
    second.engine.prepare();
    await expect(second.engine.trigger('w', {})).rejects.toMatchObject({
      code: 'WORKER_DISABLED',
    });
  });

  it('stop and start again keep what this process knows', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const lab = await boot(store, clock, { interval: '1m' });
    await clock.advance('1m');
    await lab.engine.stop();
    await lab.engine.disable('w', 'while stopped');
    await lab.engine.start();
    expect(await lab.engine.worker('w')).toMatchObject({ disabledReason: 'while stopped' });
    expect(store.held.get('w')).toMatchObject({ claimedThrough: 60_000 });
    await clock.advance(0);
    expect(store.held.get('w')?.disabled?.reason).toBe('while stopped');
  });

  it('the run that called stop() ends after the store has closed, without touching it', async () => {
    const [store, clock] = [new FakeStore(variant), new VirtualClock(0)];
    const lab = engineLab({ store, clock });
    const { promise, resolve } = deferred();
    await lab.define('w', { interval: '1m' }, async (run) => {
      await lab.engine.stop(run.runId);
      await promise;
    });
    await lab.engine.start();
    await clock.advance('5s');
    const { saves } = store;
    expect(store.closes).toBe(1);
    resolve();
    await clock.advance('1h');
    expect(store.saves).toBe(saves);
    expect(clock.pending).toBe(0);
    expect(lab.told('w')).toContain('succeeded');
  });
});
