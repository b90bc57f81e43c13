import { expect, it, vi } from 'vitest';
import { Answers } from '../../lib/engine/bullmq/answers.js';
import { Asking } from '../../lib/engine/bullmq/asking.js';
import type { Command } from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

interface Stored {
  readonly id: string;
  readonly data: Command;
  attemptsStarted: number;
  processedOn?: number;
  finishedOn?: number;
  returnvalue?: unknown;
}

/**
 * A trigger whose adding fails, unless it is told to arrive, and that reaches the store all the same, where a leader takes
 * up what it finds later, and refuses what has expired.
 */
async function lateTrigger(
  arrivesAtMs: number,
  takenUpAtMs: number,
  { silentForMs = 0, takesNothingForMs = 0, isSent = false } = {},
) {
  vi.useFakeTimers();
  const clock = new VirtualClock();
  const beganAt = clock.now();
  const jobs = new Map<string, Stored>();
  const begun: string[] = [];
  let sent: Stored | undefined;
  const failFor = (ms: number): void => {
    if (clock.now() - beganAt < ms) throw new Error('no answer in time');
  };
  const place = (job: Stored) => jobs.get(job.id) ?? jobs.set(job.id, job);
  const queue = {
    add: async (_type: string, data: Command, { jobId: id }: { jobId: string }) => {
      const job = { id, data, attemptsStarted: 0 };
      if (data.type === 'trigger') {
        sent = job;
        if (isSent) return void place(job);
        throw new Error('no answer in time');
      }
      failFor(Math.max(silentForMs, takesNothingForMs));
      place(job);
    },
    getJob: async (id: string) => {
      failFor(silentForMs);
      return jobs.get(id) && { ...jobs.get(id), progress: 0 };
    },
    remove: async (id: string) => {
      failFor(silentForMs);
      if ((jobs.get(id)?.attemptsStarted ?? 0) > 0) return 0;
      jobs.delete(id);
      return 1;
    },
  };
  const answers = new Answers(queue as never, 2_000, new Alarms(clock), clock);
  const store = { queue: () => queue } as unknown as Store;
  const asking = new Asking(
    store,
    answers,
    () => undefined,
    2_000,
    18_000,
    () => clock.now(),
  );
  const told = asking.trigger('work', {}).then(
    () => 'accepted',
    () => 'rejected',
  );
  for (let at = 0; at <= 30_000; at += 250) {
    if (at === arrivesAtMs && sent !== undefined) place(sent);
    if (at >= takenUpAtMs) {
      for (const job of jobs.values()) {
        const { type, expiresAt = Infinity } = job.data;
        const isFirst = job.attemptsStarted++ === 0;
        const isInTime = clock.now() <= expiresAt;
        if (isFirst && type === 'trigger' && isInTime) begun.push(job.id);
        // Its lease may have to be renewed before.
        if (at >= (job.processedOn ?? at) + 500 && !begun.includes(job.id)) {
          job.finishedOn = at;
          job.returnvalue = { error: { name: 'EngineUnavailableError', message: 'too late' } };
        }
        job.processedOn ??= at;
      }
    }
    await clock.advance(250);
    await vi.advanceTimersByTimeAsync(250);
  }
  vi.useRealTimers();
  return { told: await told, begun };
}

it.each([
  [0, 0, 0, 'accepted'],
  [0, 250, 0, 'rejected'],
  [250, 250, 0, 'rejected'],
  [5_000, 5_000, 0, 'rejected'],
  [0, 0, 5_000, 'accepted'],
  [0, 250, 5_000, 'accepted'],
  [1_000, 1_000, 5_000, 'accepted'],
  [5_000, 7_000, 5_000, 'rejected'],
])(
  'A trigger that failed on its way comes at %i ms, and may begin at %i ms, to a store that says nothing for %i ms: it is %s, and begins only if it is accepted',
  async (arrivesAtMs, takenUpAtMs, silentForMs, expected) => {
    const { told, begun } = await lateTrigger(arrivesAtMs, takenUpAtMs, { silentForMs });
    expect(told).toBe(expected);
    expect(begun).toHaveLength(told === 'accepted' ? 1 : 0);
  },
);

it('The same, where the store tells what it has, but takes nothing until the trigger comes', async () => {
  const { told, begun } = await lateTrigger(5_000, 5_000, { takesNothingForMs: 5_250 });
  expect(told).toBe('accepted');
  expect(begun).toHaveLength(1);
});

it.each([
  [17_750, 'accepted'],
  [18_250, 'rejected'],
  [19_750, 'rejected'],
  [20_750, 'rejected'],
])(
  'A trigger that is in the store, and that a leader finds after %i ms, when nobody waits for it much longer, is %s, and begins only if it is accepted',
  async (takenUpAtMs, expected) => {
    const { told, begun } = await lateTrigger(0, takenUpAtMs, {
      isSent: true,
      silentForMs: takenUpAtMs,
    });
    expect(told).toBe(expected);
    expect(begun).toHaveLength(told === 'accepted' ? 1 : 0);
  },
);
