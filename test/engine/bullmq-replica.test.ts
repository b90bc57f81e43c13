import { expect, it, vi } from 'vitest';
import type { EngineHost } from '../../lib/engine/engine.js';
import type { BullMQSettings } from '../../lib/engine/bullmq/bullmq-options.js';
import type { Executor } from '../../lib/engine/bullmq/executor.js';
import type { LeadingReplica } from '../../lib/engine/bullmq/leader.js';
import { Replica } from '../../lib/engine/bullmq/replica.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

function replicaOf(reign: object) {
  const clock = new VirtualClock();
  const replica = new Replica(
    'a',
    { clock, settings: {} } as unknown as EngineHost,
    { leaseMs: 3, patienceMs: 1 } as BullMQSettings,
    new Alarms(clock),
    {} as Executor,
    new Map(),
  );
  replica.leading = { reign } as unknown as LeadingReplica;
  return replica;
}

it('An application whose lease is renewed late when it starts boots all the same', async () => {
  const start = vi.fn(() => {
    throw new Error('this replica leads no more');
  });
  const replica = replicaOf({ leads: false, start });

  await replica.start('everything');

  expect(start).not.toHaveBeenCalled();
});

it('Which workers the leading replica has itself is remembered before they are known', async () => {
  const done: string[] = [];
  const replica = replicaOf({
    introduce: () => done.push('introduced'),
    remember: async () => {
      await Promise.resolve();
      done.push('remembered');
    },
  });

  await replica.introduce();

  expect(done).toEqual(['introduced', 'remembered']);
});
