import fc from 'fast-check';
import { WorkerExecutionMode } from '../../../../lib/core/definition/execution-mode.js';
import type { WorkerOptions } from '../../../../lib/core/definition/worker-options.js';

export interface Plan {
  readonly workers: readonly { readonly name: string; readonly options: WorkerOptions }[];
  readonly maxConcurrentWorkers: number;
}

export type Command =
  | { readonly do: 'advance' | 'stall'; readonly ms: number }
  | { readonly do: 'end'; readonly pick: number; readonly outcome: Outcome }
  | { readonly do: 'settle' | 'abandon' | 'cancel' | 'cancel-and-abandon'; readonly pick: number }
  | {
      readonly do: 'trigger';
      readonly pick: number;
      readonly priority?: number;
      readonly delayMs: number;
    }
  | { readonly do: 'enable' | 'disable' | 'pause' | 'resume'; readonly pick: number }
  | { readonly do: 'pause-all' | 'resume-all' | 'engine-lost' | 'engine-found' }
  | { readonly do: 'await'; readonly pick: number; readonly other: number }
  | { readonly do: 'wall-clock'; readonly offset: number };

export type Outcome =
  'succeeded' | 'failed' | 'final' | 'timed-out' | 'lost' | 'skipped' | 'cancelled';

const chance = (probability: number): fc.Arbitrary<boolean> =>
  fc.noBias(fc.nat(999)).map((drawn) => drawn >= 1_000 * (1 - probability));

const condition = fc.constantFrom(
  ...(['succeeded', 'succeeded', 'fresh', 'finished', 'idle'] as const),
);

const due: fc.Arbitrary<WorkerOptions> = fc.oneof(
  fc.record({
    interval: fc.constantFrom(10, 25, 100),
    overlap: fc.constantFrom(...(['skip', 'queue', 'replace'] as const)),
    misfire: fc.constantFrom(...(['once', 'skip', 'all'] as const)),
  }),
  fc.record({ interval: fc.constantFrom(10, 25), cadence: fc.constant('fixed-delay' as const) }),
  fc.constant({ executionMode: WorkerExecutionMode.CONTINUOUS }),
  fc.constant({}),
  fc.constant({}),
);

const traits = fc.record({
  due,
  isStep: chance(0.25),
  dependencies: fc.array(fc.record({ is: chance(0.3), condition }), {
    minLength: 6,
    maxLength: 6,
  }),
  conflicts: fc.array(chance(0.25), { minLength: 6, maxLength: 6 }),
  blocksAll: chance(0.05),
  blocksTag: chance(0.1),
  isTagged: chance(0.2),
  groups: fc.subarray(['narrow', 'wide'], { maxLength: 2 }),
  isGrouped: chance(0.4),
  rest: fc.record({
    concurrency: fc.constantFrom(1, 1, 2, 3),
    maxRetries: fc.constantFrom(0, 1, 2),
    backoff: fc.constantFrom(0, 10, 30),
    maxConsecutiveFailures: fc.constantFrom(0, 1, 3),
    autoEnableAfter: fc.constantFrom(false as const, 20),
    priority: fc.constantFrom(0, 1, 2, 3),
    maxPending: fc.constantFrom(1, 2, 4),
    timeout: fc.constant(false as const),
  }),
  holdOnTimeout: fc.constantFrom(undefined, true, false),
  misfireGrace: fc.constantFrom(undefined, undefined, undefined, 40),
});

export const NAMES = [1, 2, 3, 4, 5, 6].map((number) => `worker-${number}`);

/** Graphs as in hazards 3.1. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    all: fc.array(traits, { minLength: 2, maxLength: 6 }),
    maxConcurrentWorkers: fc.constantFrom(1, 2, 3, 6),
  })
  .map(({ all, maxConcurrentWorkers }) => ({
    maxConcurrentWorkers,
    workers: all.map((each, index) => {
      const dependsOn = each.dependencies
        .slice(0, index)
        .flatMap(({ is, condition: kind }, on) =>
          is ? [{ worker: NAMES[on]!, condition: kind }] : [],
        );
      const blocks = [
        ...each.conflicts.flatMap((is, on) =>
          is && on !== index && on < all.length ? [NAMES[on]!] : [],
        ),
        ...(each.blocksAll ? ['*'] : []),
        ...(each.blocksTag ? ['tag:t'] : []),
      ];
      const { holdOnTimeout, misfireGrace } = each;
      return {
        name: NAMES[index]!,
        options: {
          ...(each.isStep && dependsOn.length > 0 ? { runAfterDependencies: true } : each.due),
          ...each.rest,
          dependsOn,
          blocks,
          tags: each.isTagged ? ['t'] : [],
          groups: each.isGrouped ? each.groups : [],
          ...(holdOnTimeout !== undefined && { holdOnTimeout }),
          ...(misfireGrace !== undefined && { misfireGrace }),
        },
      };
    }),
  }));

const pick = fc.nat(11);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 9, 10, 11, 100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall' as const), ms: fc.nat(300) }) },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      pick,
      outcome: fc.constantFrom<Outcome>(
        ...(['succeeded', 'succeeded', 'succeeded', 'failed', 'failed', 'timed-out'] as const),
        ...(['final', 'lost', 'skipped', 'cancelled'] as const),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('settle' as const, 'settle' as const, 'abandon' as const),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'cancel-and-abandon' as const),
      pick,
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record(
      {
        do: fc.constant('trigger' as const),
        pick,
        priority: fc.constantFrom(0, 1, 2, 3),
        delayMs: fc.constantFrom(0, 0, 0, 15),
      },
      { requiredKeys: ['do', 'pick', 'delayMs'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom(...(['disable', 'pause'] as const)), pick }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom(...(['enable', 'resume'] as const)), pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom(...(['pause-all', 'engine-lost'] as const)) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom(...(['resume-all', 'engine-found'] as const)) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('await' as const), pick, other: pick }) },
);

export const commands = fc.array(command, { maxLength: 80, size: 'max' });

export const wallJumps = fc.array(
  fc.record({
    do: fc.constant('wall-clock' as const),
    offset: fc.constantFrom(0, 3_600_000, -3_600_000, 86_400_000, -86_400_000),
  }),
  { minLength: 1, maxLength: 5 },
);

/** As many names that gave others trouble (hazards B34), each a valid one. */
export const strangeNames = fc.shuffledSubarray(
  [
    ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'a:b', 'a:b:c:d:e'],
    ...['x:y:1:UTC:5', '123', 'a/b', '../x', 'ß', '数据'],
  ],
  { minLength: NAMES.length, maxLength: NAMES.length },
);
