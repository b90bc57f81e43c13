import type { DefinitionProblem } from './core/definition/problem.js';
import { WorkerExecutionMode } from './core/definition/execution-mode.js';
import type { WorkerOptions } from './core/definition/worker-options.js';

/** Options of one worker from one source. */
export interface Layer {
  /** Named where its options are wrong; `undefined` for what stands at the worker's own place. */
  readonly source: string | undefined;
  readonly options:
    { readonly [Option in keyof WorkerOptions]: WorkerOptions[Option] | undefined } | undefined;
}

/** What says when a worker is due: who names a way of being due takes the place of all that the layers below say. */
const SCHEDULE = [
  'executionMode',
  'interval',
  'cadence',
  'cron',
  'timeZone',
  'runAfterDependencies',
] as const satisfies readonly (keyof WorkerOptions)[];

/** What goes on holding when a layer above names the same way anew: `{ cron: '0 5 * * *' }` moves no time zone. */
const COMPANIONS = { interval: 'cadence', cron: 'timeZone' } as const;

/** What a pipeline step has none of, so that it cannot have it from below either. */
const TIMING = [
  'initialDelay',
  'runOnStart',
  'jitter',
] as const satisfies readonly (keyof WorkerOptions)[];

type Given = NonNullable<Layer['options']>;

/** Whether it takes part in saying when a worker is due, so that it makes sense only together with others. */
export function belongsToSchedule(option: string): boolean {
  return (SCHEDULE as readonly string[]).includes(option);
}

/** The options of all layers, the lowest first; what is `undefined` says nothing. */
export function mergeLayers(layers: readonly Layer[]): WorkerOptions {
  // Without a prototype: names from configuration are only names.
  const merged = Object.create(null) as Record<string, unknown>;
  for (const { options = {} } of layers) {
    for (const option of replacedBy(options)) Reflect.deleteProperty(merged, option);
    for (const [option, value] of Object.entries(options)) {
      if (value !== undefined) merged[option] = value;
    }
  }
  return merged;
}

/** The problem with the layer that the wrong option comes from. */
export function attribute(problem: DefinitionProblem, layers: readonly Layer[]): DefinitionProblem {
  const option = problem.option.split('.', 1)[0] as keyof WorkerOptions;
  const { source } = layers.findLast(({ options }) => options?.[option] !== undefined) ?? {};
  return source === undefined ? problem : { ...problem, place: `${problem.place} (${source})` };
}

/**
 * The defaults as they are meant for a worker with these options of its own: they are for all, also for those that are
 * due in no way that has a cadence or a time zone.
 */
export function fittingDefaults(defaults: WorkerOptions, own: WorkerOptions): Given {
  if (namesSchedule(defaults) || namesSchedule(own)) return defaults;
  return { ...defaults, cadence: undefined, timeZone: undefined };
}

function replacedBy(options: Given): readonly (keyof WorkerOptions)[] {
  if (!namesSchedule(options)) return [];
  if (options.runAfterDependencies === true) return [...SCHEDULE, ...TIMING];
  const companions = (['interval', 'cron'] as const)
    .filter((way) => options[way] !== undefined)
    .map((way): keyof WorkerOptions => COMPANIONS[way]);
  return SCHEDULE.filter((option) => !companions.includes(option));
}

function namesSchedule(options: Given): boolean {
  return (
    options.interval !== undefined ||
    options.cron !== undefined ||
    options.runAfterDependencies === true ||
    options.executionMode === WorkerExecutionMode.TRIGGERED ||
    options.executionMode === WorkerExecutionMode.CONTINUOUS
  );
}
