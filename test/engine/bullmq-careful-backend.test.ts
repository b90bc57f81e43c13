import { EventEmitter } from 'node:events';
import { PostgresQueueBackend, type PostgresConnection } from 'bullmq';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CarefulBackend } from '../../lib/engine/bullmq/careful-backend.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function backendOf(): CarefulBackend {
  const connection = Object.assign(new EventEmitter(), { isClosing: false, pool: {} });
  return new CarefulBackend(
    connection as unknown as PostgresConnection,
    'runs',
    { connection: {} },
    ...([() => 0, 1_000, 6_000] as const),
  );
}

/** Of a job that has ended, where the store fails so at first. */
function reportedTo(...failures: readonly Error[]) {
  const backend = backendOf();
  const report = vi.spyOn(PostgresQueueBackend.prototype, 'moveToCompleted');
  for (const failure of failures) report.mockRejectedValueOnce(failure);
  report.mockResolvedValue({ result: undefined, finishedOn: 1 });
  const given = [{ id: 'a' }, {}, false, 'token', false] as unknown as Parameters<
    CarefulBackend['moveToCompleted']
  >;
  return { report, reported: backend.moveToCompleted(...given) };
}

const restarting = (): Error => Object.assign(new Error('starting up'), { code: '57P03' });

it('What ends while the store restarts is reported again, until the store takes it', async () => {
  const { report, reported } = reportedTo(restarting(), restarting());
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await reported).toMatchObject({ finishedOn: 1 });
  expect(report).toHaveBeenCalledTimes(3);
});

it('What the store refuses to take is not reported again', async () => {
  const lockIsLost = Object.assign(new Error('Missing lock'), { code: -2 });
  const { report, reported } = reportedTo(lockIsLost);
  await expect(reported).rejects.toBe(lockIsLost);
  expect(report).toHaveBeenCalledOnce();
});

it('What the store does not take for the time of a lease is given up', async () => {
  const { reported } = reportedTo(...Array.from({ length: 20 }, restarting));
  const rejected = expect(reported).rejects.toThrow('starting up');
  await vi.advanceTimersByTimeAsync(7_000);
  await rejected;
});
