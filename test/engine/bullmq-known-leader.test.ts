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

it('What a replica has granted itself is outdated once it leads no more, before it hears of another leader', () => {
  const known = new KnownLeader(
    { clock: new VirtualClock() } as unknown as EngineHost,
    6_000,
    18_000,
  );
  known.expect(7);
  known.learn(7);
  expect(known.currentTerm).toBe(7);

  known.lose(7);
  expect(known).toMatchObject({ currentTerm: 8, term: 7 });

  // The same term may come twice, where a store has lost an election.
  known.lead(7);
  expect(known.currentTerm).toBe(7);
  known.lose(7);
  known.hears({ term: 7, number: 1, replica: 'b', messages: [] });
  expect(known.currentTerm).toBe(7);

  known.lose(7);
  known.lead(8);
  expect(known.currentTerm).toBe(8);
  known.hears({ term: 10, number: 1, replica: 'b', messages: [] });
  expect(known.currentTerm).toBe(10);
});
