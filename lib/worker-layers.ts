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

/** What says when a worker is due: one of these takes the place of all others in the layers below. */
const SCHEDULE = [
  'executionMode',
  'interval',
  'cadence',
  'cron',
  'timeZone',
  'runAfterDependencies',
] as const satisfies readonly (keyof WorkerOptions)[];

/** Whether it takes part in saying when a worker is due, so that it makes sense only together with others. */
export function belongsToSchedule(option: string): boolean {
  return (SCHEDULE as readonly string[]).includes(option);
}

/** The options of all layers, the lowest first; what is `undefined` says nothing. */
export function mergeLayers(layers: readonly Layer[]): WorkerOptions {
  // Without a prototype: names from configuration are only names.
  const merged = Object.create(null) as Record<string, unknown>;
  for (const { options = {} } of layers) {
    if (namesSchedule(options))
      for (const option of SCHEDULE) Reflect.deleteProperty(merged, option);
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

function namesSchedule(options: NonNullable<Layer['options']>): boolean {
  return (
    options.interval !== undefined ||
    options.cron !== undefined ||
    options.runAfterDependencies === true ||
    options.executionMode === WorkerExecutionMode.TRIGGERED ||
    options.executionMode === WorkerExecutionMode.CONTINUOUS
  );
}
