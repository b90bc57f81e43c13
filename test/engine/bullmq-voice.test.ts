import type { QueueEventsProducer } from 'bullmq';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Broadcast, Message } from '../../lib/engine/bullmq/messages.js';
import { Voice } from '../../lib/engine/bullmq/voice.js';
import { unpacked } from '../../lib/engine/bullmq/wire.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A leader's, whose store takes nothing as long as it is down. */
function voice() {
  const heard: Broadcast[] = [];
  const store = { isDown: false };
  const producer = {
    publishEvent: async ({ broadcast }: { broadcast: string }) => {
      heard.push(unpacked(broadcast) as Broadcast);
      // What it has taken may be unknown to who said it.
      if (store.isDown) throw new Error('the connection is lost');
    },
  } as unknown as QueueEventsProducer;
  const voice = new Voice(producer, { term: 3, replica: 'a' }, 1_000, () => undefined);
  return { voice, store, heard };
}

const told = (runId: string): Message => ({
  type: 'told',
  event: { type: 'run.started', at: new Date(0), worker: 'w', runId, attempt: 1, latenessMs: 0 },
});
const answered = (command: string): Message => ({ type: 'answered', command });

it('What the store may not have taken is said again, as the same, before what comes after it', async () => {
  const { voice: leader, store, heard } = voice();
  store.isDown = true;
  leader.say(answered('a'));
  await vi.advanceTimersByTimeAsync(10);
  leader.say(answered('b'));
  leader.say(answered('c'));
  await vi.advanceTimersByTimeAsync(250);
  store.isDown = false;
  await vi.advanceTimersByTimeAsync(1_000);

  const [a, b, c] = ['a', 'b', 'c'].map(answered);
  expect(heard.map(({ number, messages }) => [number, messages])).toEqual([
    [1, [a]],
    [1, [a]],
    [1, [a]],
    [2, [b, c]],
  ]);
});

it('What a leader had to say when it leaves is said, and nothing that comes after', async () => {
  const { voice: leader, heard } = voice();
  leader.say(answered('a'));
  await Promise.resolve();
  leader.say(answered('b'));
  const stopped = leader.stop(1_000);
  leader.say(answered('c'));
  await stopped;
  await vi.advanceTimersByTimeAsync(1_000);

  expect(heard.flatMap(({ messages }) => messages)).toEqual([answered('a'), answered('b')]);
});

it('Nothing is said any more by who leads no more', async () => {
  const { voice: leader, store, heard } = voice();
  store.isDown = true;
  leader.say(answered('a'));
  await vi.advanceTimersByTimeAsync(10);
  await Promise.all([leader.stop(100), vi.advanceTimersByTimeAsync(100)]);
  store.isDown = false;
  await vi.advanceTimersByTimeAsync(1_000);

  expect(heard).toHaveLength(1);
});

it('Events wait a moment for others, so that each replica is woken once', async () => {
  const { voice: leader, heard } = voice();
  for (const runId of ['a', 'b', 'c']) {
    leader.say(told(runId));
    await vi.advanceTimersByTimeAsync(8);
  }
  expect(heard).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(heard.map(({ messages }) => messages.length)).toEqual([3]);

  leader.say(told('d'));
  await vi.advanceTimersByTimeAsync(25);
  expect(heard.map(({ messages }) => messages.length)).toEqual([3, 1]);
});

it('What somebody waits for is said at once, and the events before it, too', async () => {
  const { voice: leader, heard } = voice();
  leader.say(told('a'));
  leader.say(answered('b'));
  await vi.advanceTimersByTimeAsync(0);
  expect(heard.flatMap(({ messages }) => messages.map(({ type }) => type))).toEqual([
    ...['told', 'answered'],
  ]);

  leader.say(told('c'));
  await leader.stop(1_000);
  expect(heard).toHaveLength(2);
});
