import { describe, it } from 'vitest';
import { commands, plans } from '../../support/core/model/arbitraries.js';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';
import { always } from '../../support/properties/always.js';

describe('Whatever the graph and the commands', () => {
  it('I1, I2, I3, I4, I5, I6, I7, I8, I10, I12, I13, I14, I15, I17, I19: each start is allowed and in turn, nothing that may start waits, each due instant is accounted for', async () => {
    await always([plans, commands], 630, (plan, sequence) => {
      new WatchedScheduler(plan).all(sequence);
    });
  });
});
