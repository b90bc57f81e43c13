import type { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { withdrawAttempt } from '../../lib/engine/bullmq/withdrawal.js';

it.each([
  ['waits', {}, 1, true],
  ['is picked up just then', {}, 0, false],
  // Stores remove this too, or say that they did.
  ['has ended', { finishedOn: 1 }, 1, false],
  ['is not there', undefined, 1, false],
])('an attempt that %s is withdrawn, or is not', async (_, job, removed, expected) => {
  let removals = 0;
  const queue = {
    getJob: async () => job,
    remove: async () => {
      removals++;
      return removed;
    },
  } as unknown as Queue;

  expect(await withdrawAttempt(queue, 'a', 1_000)).toBe(expected);
  expect(removals).toBe(job !== undefined && !('finishedOn' in job) ? 1 : 0);
});
