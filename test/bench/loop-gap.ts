import { setImmediate as nextTurn } from 'node:timers/promises';

/** The longest time between two turns of the event loop, in milliseconds, until the work is done. */
export async function longestGap(isDone: () => boolean): Promise<number> {
  let longest = 0;
  let before = performance.now();
  while (!isDone()) {
    await nextTurn();
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
  }
  return longest;
}
