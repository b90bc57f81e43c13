import fc from 'fast-check';

/** What the test does; picks are taken modulo what there is. */
export type EngineCommand = Barrier | Move;

/** Nothing else happens in the same turn of the event loop. */
export type Barrier =
  | { readonly do: 'advance' | 'stall'; readonly ms: number }
  | { readonly do: 'advance-weeks' }
  | { readonly do: 'wall-jump'; readonly ms: number }
  | { readonly do: 'late-settle'; readonly pick: number };

/** The order of those between two barriers is drawn, as is that of the functions' ends. */
export type Move =
  | { readonly do: 'settle'; readonly pick: number; readonly how: Settlement }
  | {
      readonly do: 'trigger';
      readonly pick: number;
      readonly times: number;
      readonly delayMs: number;
    }
  | { readonly do: 'enable' | 'disable' | 'pause' | 'resume'; readonly pick: number }
  | { readonly do: 'pause-all' | 'resume-all' | 'register' | 'stop' | 'stop-twice' | 'start' }
  | { readonly do: 'unregister'; readonly pick: number }
  | { readonly do: 'cancel' | 'cancel-and-abandon'; readonly pick: number }
  | { readonly do: InBody; readonly pick: number; readonly other: number };

export type InBody = 'trigger-from-body' | 'await-from-body' | 'disable-from-body';

/** How a worker's function ends; `never`: only when the sequence is over. */
export type Settlement =
  'return' | 'throw' | 'throw-final' | 'throw-retry-after' | 'skip' | 'never';

const HOUR_MS = 3_600_000;
const pick = fc.nat(11);

const of = <Name extends string>(...names: Name[]): fc.Arbitrary<Name> => fc.constantFrom(...names);

const barriers: fc.Arbitrary<Barrier> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ do: of('advance'), ms: fc.constantFrom(0, 1, 9, 10, 11, 100) }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('stall'), ms: fc.nat(300) }) },
  { weight: 3, arbitrary: fc.record({ do: of('late-settle'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: of('wall-jump'),
      ms: fc.constantFrom(HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: of('advance-weeks') }) },
);

const settlements = of<Settlement>(
  'return',
  'return',
  'return',
  'throw',
  'throw',
  'throw-final',
  'throw-retry-after',
  'skip',
  'never',
);

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ do: of('settle'), pick, how: settlements }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: of('trigger'),
      pick,
      times: fc.nat(3),
      delayMs: fc.constantFrom(0, 0, 0, 0, 15),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('disable', 'pause'), pick }) },
  { weight: 7, arbitrary: fc.record({ do: of('enable', 'resume'), pick }) },
  { weight: 1, arbitrary: fc.record({ do: of('pause-all', 'stop', 'stop-twice') }) },
  { weight: 6, arbitrary: fc.record({ do: of('resume-all', 'start') }) },
  { weight: 1, arbitrary: fc.record({ do: of('register') }) },
  { weight: 1, arbitrary: fc.record({ do: of('unregister'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: of('cancel', 'cancel-and-abandon'), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: of<InBody>('trigger-from-body', 'await-from-body', 'disable-from-body'),
      pick,
      other: pick,
    }),
  },
);

export const engineCommands: fc.Arbitrary<EngineCommand[]> = fc.array(
  fc.oneof<fc.MaybeWeightedArbitrary<EngineCommand>[]>(
    { weight: 3, arbitrary: barriers },
    { weight: 5, arbitrary: moves },
  ),
  { maxLength: 60, size: 'max' },
);

/** Stands for the order in which everything that could happen at once does happen. */
export const interleavings: fc.Arbitrary<number> = fc.noShrink(fc.nat());

/** A scheduler of that order; the same for the same number. */
export function interleaved(interleaving: number): fc.Scheduler {
  return fc.sample(fc.scheduler(), { seed: interleaving, numRuns: 1 })[0]!;
}
