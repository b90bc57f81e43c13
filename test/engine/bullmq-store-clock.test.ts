import { expect, it } from 'vitest';
import { StoreClock } from '../../lib/engine/bullmq/store-clock.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

const AHEAD_MS = 1_000_000;

/** A store whose answers take these times on their way back, one after the other, then none. */
function storeWhoseAnswersTake(...delaysMs: number[]) {
  const clock = new VirtualClock();
  let asked = 0;
  let aheadMs = AHEAD_MS;
  const set = (ms: number) => void (aheadMs += ms);
  const store = {
    now: async () => {
      const there = clock.now() + aheadMs;
      await clock.advance(delaysMs[asked++] ?? 0);
      return there;
    },
  };
  const storeClock = new StoreClock(clock, 10_000);
  return { storeClock, store: store as unknown as Store, asked: () => asked, set };
}

it('The store’s time is asked for once where its answer comes at once', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(4);
  await storeClock.ask(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 2);
  expect(asked()).toBe(1);
});

it('An answer about the store’s time that was long on its way is not believed where a shorter one comes', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(4_000, 30, 600, 6);
  await storeClock.ask(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 3);
  expect(asked()).toBe(4);
});

it('The store’s time is asked for again after a minute, or where it is doubted', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake();
  await storeClock.ask(store);
  await storeClock.askNowAndThen(store);
  expect(asked()).toBe(1);

  storeClock.doubt();
  await storeClock.askNowAndThen(store);
  await storeClock.askNowAndThen(store);
  expect(asked()).toBe(2);
});

it('What was known of the store’s time is better than an answer that was long on its way', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(4, 6_000, 2_000, 6);
  await storeClock.ask(store);
  storeClock.doubt();
  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 2);
  expect(asked()).toBe(2);

  // One more question at a time, while answers take long.
  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 2);
  expect(asked()).toBe(3);

  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 3);
});

it('After what made it doubtful, the store’s time is asked for until an answer comes at once', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(4, 700, 300, 6);
  await storeClock.ask(store);
  storeClock.doubt();
  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 3);
  expect(asked()).toBe(4);
});

it.each([
  [-10, -10],
  [-5_000, -5_000],
  [10_000, 4_000],
])(
  'Where the store’s clock is set by %i ms, an answer that was long on its way is believed as far as it shows that for sure, by %i ms',
  async (ms, expected) => {
    const { storeClock, store, set } = storeWhoseAnswersTake(4, 6_000);
    await storeClock.ask(store);
    set(ms);
    storeClock.doubt();
    await storeClock.askNowAndThen(store);

    expect(storeClock.offset).toBe(AHEAD_MS + expected);
  },
);

it('Where all answers about the store’s time take long, the shortest is believed', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(80, 60, 90, 70, 100, 1);
  await storeClock.ask(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 30);
  expect(asked()).toBe(5);
});
