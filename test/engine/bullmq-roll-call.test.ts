import { describe, expect, it } from 'vitest';
import { RollCall } from '../../lib/engine/bullmq/roll-call.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

const LEADER = 'leader';
const SILENT_AFTER_MS = 9_000;

function call() {
  const clock = new VirtualClock();
  const rollCall = new RollCall(LEADER, clock, SILENT_AFTER_MS);
  const hear = (replica: string, clockSkewMs: number): void => {
    const self = { replica, host: 'h', pid: 1, role: 'all', reach: 'everything' } as const;
    rollCall.hear({ ...self, revision: 1, clockSkewMs, running: [] });
  };
  return { clock, rollCall, hear };
}

describe('How far clocks were behind that of the leader', () => {
  it('is by the one that was furthest behind, of any replica', () => {
    const { rollCall, hear } = call();
    hear(LEADER, 5);
    hear('one', -20);
    hear('other', 40);

    expect(rollCall.mostBehindMs(10_000)).toBe(25);
  });

  it('counts as long as what was told by that clock is looked at, and no longer', async () => {
    const { clock, rollCall, hear } = call();
    hear(LEADER, 0);
    hear('one', -30_000);
    for (let second = 0; second < 30; second += 2) {
      await clock.advance('2s');
      hear(LEADER, 0);
      hear('one', 0);
      const behindMs = second + 2 <= 19 ? 30_000 : 0;
      expect([second, rollCall.mostBehindMs(10_000)]).toEqual([second, behindMs]);
    }
    expect(rollCall.mostBehindMs(60_000)).toBe(30_000);
  });

  it('is nothing where no clock is behind, or the leader has not shown itself', () => {
    const { rollCall, hear } = call();
    hear('one', -20);
    expect(rollCall.mostBehindMs(10_000)).toBe(0);
    hear(LEADER, -50);
    expect(rollCall.mostBehindMs(10_000)).toBe(0);
  });
});

it('Each replica was last seen by the clock of the store', () => {
  const { clock, rollCall, hear } = call();
  hear('one', 0);

  const [seen] = rollCall.view((at) => at + 5_000);
  expect(seen?.lastSeenAt).toEqual(new Date(clock.now() + 5_000));
});
