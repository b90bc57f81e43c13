import { expect, it } from 'vitest';
import type { Answers } from '../../lib/engine/bullmq/answers.js';
import { Asking } from '../../lib/engine/bullmq/asking.js';
import type { Command } from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { packed } from '../../lib/engine/bullmq/wire.js';

/** Of a replica that does not lead, and the commands that it sends; whoever leads knows the runs `a` and `b`. */
function askingReplica(): { readonly asking: Asking; readonly commands: Command[] } {
  const commands: Command[] = [];
  const queue = {
    add: async (_type: string, command: Command) => void commands.push(command),
    remove: async () => 1,
  };
  const answers = {
    answer: async () => packed([{ id: 'a' }, { id: 'b' }]),
    whileSending: (_id: string, sent: Promise<unknown>) => sent,
  };
  const asking = new Asking(
    { queue: () => queue } as unknown as Store,
    answers as unknown as Answers,
    () => undefined,
    1_000,
    1_000,
    () => 0,
  );
  return { asking, commands };
}

it('runs that are asked for at once are one command, and each gets its own answer', async () => {
  const { asking, commands } = askingReplica();

  const runs = await Promise.all(['b', 'a', 'unknown', 'a'].map((id) => asking.run(id)));

  expect(runs).toEqual([{ id: 'b' }, { id: 'a' }, undefined, { id: 'a' }]);
  expect(commands).toEqual([{ type: 'run', runIds: ['b', 'a', 'unknown'] }]);
});

it('whoever asks later is answered by another command', async () => {
  const { asking, commands } = askingReplica();

  await asking.run('a');
  await asking.run('a');

  expect(commands).toHaveLength(2);
});
