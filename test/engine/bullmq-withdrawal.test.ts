import type { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { withdrawAttempt } from '../../lib/engine/bullmq/withdrawal.js';

it.each([
  ['waits', 'waiting', 1, true],
  ['was put back', 'delayed', 1, true],
  ['is picked up just then', 'waiting', 0, false],
  ['is worked on', 'active', 1, false],
  // Stores remove this too, or say that they did.
  ['has ended', 'completed', 1, false],
  ['is lost', 'failed', 1, false],
  ['is not there', 'unknown', 1, false],
])('an attempt that %s is withdrawn, or is not', async (_, state, removed, expected) => {
  let removals = 0;
  const queue = {
    getJobState: async () => state,
    remove: async () => {
      removals++;
      return removed;
    },
  } as unknown as Queue;

  expect(await withdrawAttempt(queue, 'a', 1_000)).toBe(expected);
  expect(removals).toBe(state === 'waiting' || state === 'delayed' ? 1 : 0);
});
