import { expect, it } from 'vitest';
import { KnownLeader } from '../../lib/engine/bullmq/known-leader.js';
import type { EngineHost } from '../../lib/engine/engine.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

it('While a leader is being replaced, nothing is amiss; where none comes, something is', async () => {
  const clock = new VirtualClock();
  const known = new KnownLeader({ clock } as unknown as EngineHost, 6_000, 18_000);
  known.hears({ term: 1, number: 1, replica: 'a', messages: [] });

  await clock.advance(18_000);
  expect(known.problem).toBeUndefined();

  await clock.advance(1);
  expect(known.problem).toBe('nobody leads');

  known.hears({ term: 2, number: 1, replica: 'b', messages: [] });
  expect(known.problem).toBeUndefined();
});
