import { expect, it } from 'vitest';
import type { EngineHost } from '../../lib/engine/engine.js';
import type { BullMQSettings } from '../../lib/engine/bullmq/bullmq-options.js';
import type { Executor } from '../../lib/engine/bullmq/executor.js';
import type { LeadingReplica } from '../../lib/engine/bullmq/leader.js';
import { Replica } from '../../lib/engine/bullmq/replica.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

it('Which workers the leading replica has itself is remembered before they are known', async () => {
  const done: string[] = [];
  const clock = new VirtualClock();
  const replica = new Replica(
    'a',
    { clock, settings: {} } as unknown as EngineHost,
    { leaseMs: 3, patienceMs: 1 } as BullMQSettings,
    new Alarms(clock),
    {} as Executor,
    new Map(),
  );
  const reign = {
    introduce: () => done.push('introduced'),
    remember: async () => {
      await Promise.resolve();
      done.push('remembered');
    },
  };
  replica.leading = { reign } as unknown as LeadingReplica;

  await replica.introduce();

  expect(done).toEqual(['introduced', 'remembered']);
});
