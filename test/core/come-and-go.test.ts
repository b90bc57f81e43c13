import { describe, expect, it } from 'vitest';
import { schedulerWith, worker } from '../support/core/scheduler-with.js';

describe('Workers that come and go', () => {
  it('leave nothing behind, though each had its own tag and its own target', () => {
    const scheduler = schedulerWith();
    for (let n = 0; n < 100; n++) {
      scheduler.define(worker(`w${n}`, { tags: [`t${n}`], blocks: [`tag:t${n}x`] }));
      scheduler.step((core, now) => core.remove(`w${n}`, now));
    }
    const { state } = scheduler.core as unknown as {
      state: { blockers: Map<string, unknown>; tagged: Map<string, unknown> };
    };
    expect([state.blockers.size, state.tagged.size]).toEqual([0, 0]);
  });
});
