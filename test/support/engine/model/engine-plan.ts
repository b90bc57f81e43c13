import fc from 'fast-check';
import type { WorkerOptions } from '../../../../lib/core/definition/worker-options.js';
import { plans } from '../../core/model/arbitraries.js';

export interface EnginePlan {
  readonly maxConcurrentWorkers: number;
  readonly workers: readonly PlannedWorker[];
}

export interface PlannedWorker {
  readonly name: string;
  readonly options: WorkerOptions;
  /** Its function returns by itself, at a moment that is drawn. */
  readonly isQuick: boolean;
}

/** The longest delay that one timer can hold, and a little more. */
export const BEYOND_A_TIMER_MS = 2 ** 31 + 10;

const traits = fc.record({
  isQuick: fc.constantFrom(true, false, false),
  timeout: fc.constantFrom(false as const, false as const, 50),
  abortGrace: fc.constantFrom(0, 20),
  isRare: fc.constantFrom(true, false, false, false, false, false, false, false),
  isCron: fc.constantFrom(true, false, false, false, false, false, false, false),
});

type Traits = typeof traits extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** The graphs of the core's properties, whose workers now have functions, timeouts and more kinds of schedules. */
export const enginePlans: fc.Arbitrary<EnginePlan> = fc
  .tuple(plans, fc.array(traits, { minLength: 6, maxLength: 6 }))
  .map(([{ workers, maxConcurrentWorkers }, drawn]) => ({
    maxConcurrentWorkers,
    workers: workers.map(({ name, options }, index) => planned(name, options, drawn[index]!)),
  }));

function planned(name: string, options: WorkerOptions, drawn: Traits): PlannedWorker {
  const { isQuick, timeout, abortGrace, isRare, isCron } = drawn;
  return {
    name,
    // One that is due again at once must not return at once: time would stand still.
    isQuick: isQuick && options.executionMode === undefined,
    options: {
      ...scheduled(options, isRare, isCron),
      timeout,
      abortGrace,
      backoff: { type: 'fixed', delay: options.backoff as number, jitter: 0 },
      // Or it would be looked at again and again while weeks pass.
      overdueAfter: '60d',
    },
  };
}

function scheduled(options: WorkerOptions, isRare: boolean, isCron: boolean): WorkerOptions {
  if (options.interval === undefined) return options;
  if (isRare) return { ...options, interval: BEYOND_A_TIMER_MS };
  const { interval: _, cadence: __, ...rest } = options;
  return isCron ? { ...rest, cron: '* * * * * *' } : options;
}
