import { describe, it } from 'vitest';
import { engineCommands, interleavings } from '../../support/engine/model/engine-command.js';
import { enginePlans } from '../../support/engine/model/engine-plan.js';
import { play } from '../../support/engine/model/play.js';
import { always } from '../../support/properties/always.js';

/** Each of the invariants that it names has assertions of its own, whose messages begin with it. */
describe('In the in-process engine, whatever the graph, the commands, the functions and the order of what crosses', () => {
  it('I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15, I16, I18, I19: nothing happens but what may, all that must does, and it stops', async () => {
    await always(
      [enginePlans, engineCommands, interleavings],
      840,
      (plan, commands, interleaving) => play({ plan, commands, interleaving }),
    );
  });
});
