import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { paced } from '../../lib/engine/bullmq/paced-events.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('Events that come close together are read together', async () => {
  const readEvents = vi.fn(async (_id: string, _blockTimeout: number) => null);
  const reader = paced({ readEvents }, 10);

  await reader.readEvents('1', 1_000);
  const again = reader.readEvents('1', 1_000);
  await vi.advanceTimersByTimeAsync(9);
  expect(readEvents).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(1);
  await again;
  await vi.advanceTimersByTimeAsync(10);

  await reader.readEvents('1', 1_000);
  expect(readEvents).toHaveBeenCalledTimes(3);
});

it('After a look that has failed, the next one waits as well', async () => {
  const readEvents = vi.fn((_id: string, _blockTimeout: number) =>
    Promise.reject(new Error('the store is down')),
  );
  const reader = paced({ readEvents }, 10);

  await expect(reader.readEvents('1', 1_000)).rejects.toThrow('the store is down');
  reader.readEvents('1', 1_000).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(9);
  expect(readEvents).toHaveBeenCalledOnce();
});
