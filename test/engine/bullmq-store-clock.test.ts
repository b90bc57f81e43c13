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
  const setBack = (ms: number) => void (aheadMs -= ms);
  const store = {
    now: async () => {
      const there = clock.now() + aheadMs;
      await clock.advance(delaysMs[asked++] ?? 0);
      return there;
    },
  };
  const storeClock = new StoreClock(clock, 10_000);
  return { storeClock, store: store as unknown as Store, asked: () => asked, setBack };
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

it('What was known of the store’s time is better than an answer that was very long on its way', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(4, 2_000, 6);
  await storeClock.ask(store);
  storeClock.doubt();
  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 2);
  expect(asked()).toBe(2);

  await storeClock.askNowAndThen(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 3);
});

it('What was known of the store’s time is worse where even such an answer shows it to be wrong', async () => {
  const { storeClock, store, setBack } = storeWhoseAnswersTake(4, 2_000);
  await storeClock.ask(store);
  setBack(5_000);
  storeClock.doubt();
  await storeClock.askNowAndThen(store);

  expect(storeClock.offset).toBe(AHEAD_MS - 5_000 - 1_000);
});

it('Where all answers about the store’s time take long, the shortest is believed', async () => {
  const { storeClock, store, asked } = storeWhoseAnswersTake(80, 60, 90, 70, 100, 1);
  await storeClock.ask(store);
  expect(storeClock.offset).toBe(AHEAD_MS - 30);
  expect(asked()).toBe(5);
});
