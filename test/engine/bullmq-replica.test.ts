import { expect, it, vi } from 'vitest';
import type { EngineHost } from '../../lib/engine/engine.js';
import type { BullMQSettings } from '../../lib/engine/bullmq/bullmq-options.js';
import type { Executor } from '../../lib/engine/bullmq/executor.js';
import type { LeadingReplica } from '../../lib/engine/bullmq/leader.js';
import { Replica } from '../../lib/engine/bullmq/replica.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

it('An application whose lease is renewed late when it starts boots all the same', async () => {
  const clock = new VirtualClock();
  const replica = new Replica(
    'a',
    { clock, settings: {} } as unknown as EngineHost,
    { leaseMs: 3, patienceMs: 1 } as BullMQSettings,
    new Alarms(clock),
    {} as Executor,
    new Map(),
  );
  const start = vi.fn(() => {
    throw new Error('this replica leads no more');
  });
  replica.leading = { reign: { leads: false, start } } as unknown as LeadingReplica;

  await replica.start('everything');

  expect(start).not.toHaveBeenCalled();
});
