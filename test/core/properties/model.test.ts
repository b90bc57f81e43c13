import fc from 'fast-check';
import { describe, it } from 'vitest';
import { commands, plans } from '../../support/core/model/arbitraries.js';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const numRuns = Number(process.env.PROPERTY_RUNS ?? 300);
/** Fixed, so that a red run is the change's fault; give another to look for more. */
const seed = Number(process.env.PROPERTY_SEED ?? 20_261_124);

describe('Whatever the graph and the commands', () => {
  it('every start is allowed and in turn, nothing that may start waits, and all is accounted for', () => {
    fc.assert(
      fc.property(plans(NAMES), commands, (plan, sequence) => {
        const watched = new WatchedScheduler(plan);
        for (const command of sequence) watched.do(command);
      }),
      { numRuns, seed },
    );
  }, 60_000);
});
