import { OrchestratorService } from 'nestjs-orchestrator';
import { VirtualClock } from 'nestjs-orchestrator/testing';
import { expect, it } from 'vitest';
import { testData } from './kit.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The order in which a clock of this seed calls what is due at the same instant. */
async function orderOf(seed: number | undefined, how: 'setTimer' | 'defer'): Promise<string> {
  const clock = new VirtualClock(seed === undefined ? {} : { seed });
  const order: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) clock[how](() => void order.push(name), 10);
  await clock.advance('1s');
  return order.join('');
}

it.each(['setTimer', 'defer'] as const)(
  'a seed permutes what is due at the same instant by %s, always alike',
  async (how) => {
    const orders = await Promise.all(SEEDS.map((seed) => orderOf(seed, how)));

    expect(new Set(orders).size).toBeGreaterThan(4);
    expect(await Promise.all(SEEDS.map((seed) => orderOf(seed, how)))).toEqual(orders);
    expect(await orderOf(undefined, how)).toBe('abcd');
  },
);

it('a seed keeps the order of different instants', async () => {
  for (const seed of SEEDS) {
    const clock = new VirtualClock({ seed });
    const order: number[] = [];
    for (const delayMs of [30, 10, 20]) clock.setTimer(() => void order.push(delayMs), delayMs);
    await clock.advance('1s');
    expect(order).toEqual([10, 20, 30]);
  }
});

/** Three runs that end at the same instant, in the order in which they are seen to. */
async function endings(seed: number): Promise<string> {
  const { app, kit } = await testData({ seed });
  const orchestrator = app.get(OrchestratorService);
  const ended: string[] = [];
  orchestrator.events.subscribe((event) => {
    if (event.type === 'run.succeeded') ended.push(event.worker);
  });
  for (const name of ['a', 'b', 'c']) await orchestrator.registerWorker(name, async () => name);
  await Promise.all(['a', 'b', 'c'].map((name) => kit.run(name)));
  return ended.join('');
}

it('a seed permutes the order in which runs end at the same instant, always alike', async () => {
  const first: string[] = [];
  for (const seed of SEEDS) first.push(await endings(seed));
  const again: string[] = [];
  for (const seed of SEEDS) again.push(await endings(seed));

  expect(new Set(first).size).toBeGreaterThan(2);
  expect(again).toEqual(first);
});

it('the seed stands in what an expectation fails with', async () => {
  const { kit } = await testData({ seed: 42 });

  expect(() => kit.expectRan('report')).toThrow(
    'Timeline, now +0s after 2026-01-01T00:00:00.000Z, seed 42:',
  );
});
