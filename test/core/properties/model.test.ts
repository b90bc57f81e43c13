import { describe, it } from 'vitest';
import { commands, plans } from '../../support/core/model/arbitraries.js';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';
import { always } from '../../support/core/model/always.js';

describe('Whatever the graph and the commands', () => {
  it('each start is allowed and in turn, nothing that may start waits, each due instant is accounted for', () => {
    always([plans, commands], 300, (plan, sequence) => {
      new WatchedScheduler(plan).all(sequence);
    });
  });
});
