import { describe, expect, it } from 'vitest';
import { NAMES, strangeNames, wallJumps } from '../../support/core/model/arbitraries.js';
import {
  engineCommands,
  interleavings,
  type EngineCommand,
} from '../../support/engine/model/engine-command.js';
import { enginePlans, type EnginePlan } from '../../support/engine/model/engine-plan.js';
import { jumpWall } from '../../support/engine/model/follow-commands.js';
import { logOf, startsOf } from '../../support/engine/model/play.js';
import { always } from '../../support/properties/always.js';

const sequences = [enginePlans, engineCommands, interleavings] as const;

const renamed = (text: string, names: readonly string[]): string =>
  NAMES.reduce((before, name, index) => before.replaceAll(name, names[index]!), text);

/** Cron follows the wall clock. */
const withoutCron = (plan: EnginePlan): EnginePlan => ({
  ...plan,
  workers: plan.workers.map(({ options: { cron, ...options }, ...worker }) => ({
    ...worker,
    options: cron === undefined ? options : { ...options, interval: 25 },
  })),
});

const withoutJumps = (commands: readonly EngineCommand[]): EngineCommand[] =>
  commands.filter((command) => command.do !== 'wall-jump');

describe('In the in-process engine, the same commands', () => {
  it('I18: give the same events, byte for byte', async () => {
    await always([...sequences], 21, async (plan, commands, interleaving) => {
      const sequence = { plan, commands, interleaving };

      expect(await logOf(sequence)).toBe(await logOf(sequence));
    });
  });

  it('I20: give the same events whatever the names', async () => {
    await always([...sequences, strangeNames], 63, async (plan, commands, interleaving, names) => {
      const strange = JSON.parse(renamed(JSON.stringify(plan), names)) as EnginePlan;
      const log = await logOf({ plan, commands, interleaving });

      expect(await logOf({ plan: strange, commands, interleaving })).toBe(renamed(log, names));
    });
  });

  it('I13: give the same starts whatever the wall clock does', async () => {
    await always([...sequences, wallJumps], 63, async (plan, commands, interleaving, jumps) => {
      const still = { plan: withoutCron(plan), commands: withoutJumps(commands), interleaving };
      let jumped = 0;
      const jump = jumps.map(({ offset }) => offset);

      const starts = await startsOf(still, (watched) => {
        jumpWall(watched, jump[jumped++ % jump.length]!);
      });

      expect(starts).toEqual(await startsOf(still));
    });
  });
});
