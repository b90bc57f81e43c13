import { describe, expect, it } from 'vitest';
import { always } from '../../support/properties/always.js';
import {
  commands,
  NAMES,
  plans,
  strangeNames,
  wallJumps,
  type Command,
  type Plan,
} from '../../support/core/model/arbitraries.js';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';

const logOf = (plan: Plan, sequence: readonly Command[]): string =>
  JSON.stringify(new WatchedScheduler(plan).all(sequence).log);

const renamed = (json: string, names: readonly string[]): string =>
  NAMES.reduce(
    (text, name, index) => text.replaceAll(`"${name}"`, JSON.stringify(names[index])),
    json,
  );

describe('The same commands', () => {
  it('I18: give the same effects, byte for byte', async () => {
    await always([plans, commands], 63, (plan, sequence) => {
      expect(logOf(plan, sequence)).toBe(logOf(plan, sequence));
    });
  });

  it('I20: give the same effects whatever the names', async () => {
    await always([plans, commands, strangeNames], 63, (plan, sequence, names) => {
      const strange = JSON.parse(renamed(JSON.stringify(plan), names)) as Plan;

      expect(logOf(strange, sequence)).toBe(renamed(logOf(plan, sequence), names));
    });
  });

  it('I13: give the same starts whatever the wall clock does', async () => {
    await always([plans, commands, wallJumps], 63, (plan, sequence, jumps) => {
      const still = new WatchedScheduler(plan);
      const jumping = new WatchedScheduler(plan);
      for (const [index, command] of sequence.entries()) {
        still.do(command);
        jumping.do(command);
        jumping.do(jumps[index % jumps.length]!);
      }

      const startsOf = ({ scheduler }: WatchedScheduler): unknown =>
        scheduler.starts.map(({ worker, at, attempt, missed }) => [worker, at, attempt, missed]);
      expect(startsOf(jumping)).toEqual(startsOf(still));
    });
  });
});
