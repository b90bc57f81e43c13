import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { hazardApp, type Child, type Report } from './child-process.js';

const launch = hazardApp();
const PATIENCE = { timeout: 30_000, interval: 20 };

interface Ran {
  readonly due: number;
  readonly missed: number;
  readonly at: number;
}

const ofKind = (child: Child, is: string): Report[] =>
  child.reports().filter((report) => report.is === is);
const runsOf = (child: Child, worker: string): Ran[] =>
  ofKind(child, 'run').filter((report) => report.worker === worker) as unknown as Ran[];

const reported = (child: Child, is: string): Promise<boolean> =>
  vi.waitUntil(() => ofKind(child, is).length > 0, PATIENCE);

/** Every due instant is a run, or one that a run stands for: none twice, none in between. */
const expectGapless = (runs: readonly Ran[], intervalMs: number): void => {
  expect(runs.slice(1).map(({ due }) => due)).toEqual(
    runs.slice(0, -1).map(({ due, missed }) => due + (missed + 1) * intervalMs),
  );
};

describe('In real time, a process', { timeout: 90_000, concurrent: true }, () => {
  it('B05: that was suspended for 10 s catches up once, and goes on in its rhythm', async () => {
    const child = launch('suspended');
    const runs = (): Ran[] => runsOf(child, 'w');
    await vi.waitUntil(() => runs().length >= 2, PATIENCE);
    child.process.kill('SIGSTOP');
    await sleep(10_000);
    const before = runs().length;
    child.process.kill('SIGCONT');
    await vi.waitUntil(() => runs().length >= before + 4, PATIENCE);
    child.process.kill('SIGTERM');
    await child.ended;

    expectGapless(runs(), 1_000);
    expect(runs().filter(({ missed }) => missed >= 8)).toHaveLength(1);
    expect(runs().every(({ due, at }) => at >= due)).toBe(true);
  });

  it('B08: whose event loop stood still for 10 s does what each misfire policy says', async () => {
    const child = launch('stalled');
    expect(await child.ended).toEqual([0, null]);
    const [{ from, to }] = ofKind(child, 'stalled') as unknown as [{ from: number; to: number }];
    const isIn = ({ due }: Ran): boolean => due > from && due < to;
    const skipped = (worker: string, reason: string): number =>
      ofKind(child, 'skipped')
        .filter((report) => report.worker === worker && report.reason === reason)
        .reduce((sum, report) => sum + (report.count as number), 0);

    const once = runsOf(child, 'once');
    expectGapless(once, 100);
    expect(once.filter(isIn)).toMatchObject([{ missed: expect.any(Number) as number }]);
    expect(once.find(isIn)!.missed).toBeGreaterThanOrEqual(97);

    expect(runsOf(child, 'skip').filter(({ due }) => due > from && due < to - 100)).toEqual([]);
    expect(skipped('skip', 'MISFIRE')).toBeGreaterThanOrEqual(97);

    expect(runsOf(child, 'all').filter(isIn).length).toBeLessThanOrEqual(10);
    expect(skipped('all', 'QUEUE_FULL')).toBeGreaterThanOrEqual(87);

    for (const worker of ['once', 'skip', 'all']) {
      expect(runsOf(child, worker).filter(({ due }) => due >= to).length).toBeGreaterThan(0);
    }
    expect(ofKind(child, 'health')).toMatchObject([{ status: 200 }]);
  });

  it('B46: ends though a run never does, and a second SIGTERM changes nothing', async () => {
    const child = launch('deaf');
    await reported(child, 'ready');
    child.process.kill('SIGTERM');
    await reported(child, 'orchestrator.draining');
    child.process.kill('SIGTERM');

    // Nest raises the signal again once all hooks have ended.
    expect(await child.ended).toEqual([null, 'SIGTERM']);
    expect(ofKind(child, 'run.abandoned')).toMatchObject([{ worker: 'deaf' }]);
    expect(ofKind(child, 'orchestrator.stopped')).toHaveLength(1);
  });

  it('B47: closes its database after the run that uses it has ended', async () => {
    const child = launch('busy');
    await reported(child, 'ready');
    child.process.kill('SIGTERM');

    expect(await child.ended).toEqual([null, 'SIGTERM']);
    expect(ofKind(child, 'busy ended')).toMatchObject([{ usesClosed: 0, isAborted: false }]);
    const order = child.reports().map(({ is }) => is);
    expect(order.indexOf('busy ended')).toBeGreaterThan(order.indexOf('orchestrator.draining'));
    expect(order.indexOf('database closed')).toBeGreaterThan(order.indexOf('busy ended'));
  });

  it('B71: keeps no more after 110 000 runs of 50 workers than after 10 000', async () => {
    const child = launch('growth', '--expose-gc');
    expect(await child.ended).toEqual([0, null]);
    interface Growth {
      readonly before: { heap: number; listeners: number; runs: number };
      readonly after: Growth['before'];
      readonly warnings: string[];
    }
    const [{ before, after, warnings }] = ofKind(child, 'growth') as unknown as [Growth];

    expect(after.heap - before.heap).toBeLessThan(5_000_000);
    expect(after.listeners).toBe(before.listeners);
    expect([before.runs, after.runs]).toEqual([1_000, 1_000]);
    expect(warnings).toEqual([]);
    expect(child.noise()).toBe('');
  });
});
