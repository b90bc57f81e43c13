import { defineWorker } from './core/definition/define-worker.js';
import { describeValue, type DefinitionProblem } from './core/definition/problem.js';
import type { WorkerDefinition } from './core/definition/worker-definition.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import {
  DuplicateWorkerError,
  GraphValidationError,
  WorkerDefinitionError,
} from './core/errors.js';
import { lintGraph } from './core/graph/lint-graph.js';
import { nearestName } from './core/graph/nearest-name.js';
import { validateGraph } from './core/graph/validate-graph.js';
import type { DiscoveredEventHandler, Discovery } from './discovery/discovered.js';
import type { EngineWorker } from './engine/engine.js';
import type { RunContext } from './execution/run-context.js';
import type { OrchestratorSettings } from './orchestrator-settings.js';
import { attribute, fittingDefaults, mergeLayers, type Layer } from './worker-layers.js';

/** A worker as it was declared: by a decorator, or by a call. */
export interface DeclaredWorker {
  readonly name: string;
  readonly place: string;
  readonly options: WorkerOptions;
  /** Made by `updateWorker`. */
  readonly updates?: WorkerOptions;
  readonly call: (run: RunContext) => unknown;
}

/** A declaration, read. */
interface Tried {
  readonly worker?: EngineWorker;
  /** How a worker whose options are wrong refers to others, if that much is right. */
  readonly sketch?: WorkerDefinition;
  readonly problems: readonly DefinitionProblem[];
}

/** Turns declarations into workers: defaults below, overrides above, and above them what was updated since. */
export class WorkerRegistry {
  private readonly declared = new Map<string, DeclaredWorker>();

  constructor(private readonly settings: OrchestratorSettings) {}

  get names(): readonly string[] {
    return [...this.declared.keys()];
  }

  /** @throws WorkerDefinitionError */
  define(declared: DeclaredWorker): EngineWorker {
    const wrong = wrongArguments(declared);
    if (wrong.length > 0) throw new WorkerDefinitionError(wrong);
    const { worker, problems } = this.tryDefine(declared);
    if (worker === undefined) throw new WorkerDefinitionError(problems);
    return worker;
  }

  /** What the worker becomes with these options on top. */
  updated(declared: DeclaredWorker, options: WorkerOptions): DeclaredWorker {
    const layers = [declared.updates, options].map((layer) => ({
      source: undefined,
      options: layer,
    }));
    return { ...declared, updates: mergeLayers(layers) };
  }

  declaration(name: string): DeclaredWorker | undefined {
    return this.declared.get(name);
  }

  remember(declared: DeclaredWorker): void {
    this.declared.set(declared.name, declared);
  }

  forget(name: string): void {
    this.declared.delete(name);
  }

  /**
   * All workers of the boot: each of them, or one error that names everything that is wrong.
   *
   * @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError
   */
  defineAll(
    all: readonly DeclaredWorker[],
    { problems: discoveryProblems, eventHandlers }: Omit<Discovery, 'workers'>,
  ): { readonly workers: readonly EngineWorker[]; readonly warnings: readonly string[] } {
    const problems = [...this.settings.problems, ...discoveryProblems];
    const workers = new Map<string, EngineWorker>();
    const sketches = new Map<string, WorkerDefinition>();
    for (const declared of all) {
      const defined = this.tryDefine(declared);
      problems.push(...defined.problems);
      if (defined.worker !== undefined) workers.set(declared.name, defined.worker);
      if (defined.sketch !== undefined) sketches.set(declared.name, defined.sketch);
      this.remember(declared);
    }
    const warnings = this.check(all, workers, sketches, problems, eventHandlers);
    return { workers: [...workers.values()], warnings };
  }

  private check(
    all: readonly DeclaredWorker[],
    workers: ReadonlyMap<string, EngineWorker>,
    sketches: ReadonlyMap<string, WorkerDefinition>,
    problems: readonly DefinitionProblem[],
    eventHandlers: readonly DiscoveredEventHandler[],
  ): readonly string[] {
    const { groups, maxConcurrentWorkers } = this.settings.engineSettings;
    const definitions = new Map([...workers].map(([name, { definition }]) => [name, definition]));
    const related = new Map([...definitions, ...sketches]);
    const duplicates = duplicatesAmong(all);
    // A worker whose own options are wrong is known all the same: naming it is no second mistake.
    const named = new Map([...all.map(({ name }) => [name, true] as const)]);
    const graphProblems = [
      ...duplicates.map(({ message }) => message),
      ...validateGraph(related, groups, [...related.values()], named),
    ];
    const warnings = [
      ...lintGraph(definitions, groups, maxConcurrentWorkers),
      ...this.strangers(named, eventHandlers),
    ];
    if (this.settings.isStrict) graphProblems.push(...warnings);

    if (problems.length > 0) throw new WorkerDefinitionError(problems, graphProblems);
    const [duplicate] = duplicates;
    if (duplicate !== undefined && graphProblems.length === 1) throw duplicate;
    if (graphProblems.length > 0) throw new GraphValidationError(graphProblems);
    return warnings;
  }

  /** Names that stand for no worker: one that is registered later may have been meant, or none. */
  private strangers(
    named: ReadonlyMap<string, unknown>,
    eventHandlers: readonly DiscoveredEventHandler[],
  ): string[] {
    const overridden = [...this.settings.overrides.keys()].map((name) => [
      'the overrides name',
      name,
    ]);
    const heard = eventHandlers.map(({ place, worker }) => [
      `@OnWorkerEvent at ${place} names`,
      worker,
    ]);
    return [...overridden, ...heard].flatMap(([who, name]) => {
      if (who === undefined || name === undefined || named.has(name)) return [];
      const nearest = nearestName(name, named.keys());
      const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
      return [`"${name}", which ${who}, is no worker at boot.${meant}`];
    });
  }

  private tryDefine({ name, place, options, updates, call }: DeclaredWorker): Tried {
    const { defaults, overrides, timeZone } = this.settings;
    const declared: Layer[] = [{ source: undefined, options }];
    const overridden = overrides.get(name);
    if (overridden !== undefined) {
      declared.push({ source: "the module's overrides", options: overridden });
    }
    if (updates !== undefined) {
      declared.push({ source: `updateWorker(${describeValue(name)})`, options: updates });
    }
    const own = mergeLayers(declared);
    const general = { source: "the module's defaults", options: fittingDefaults(defaults, own) };
    const layers = [general, ...declared];
    const merged = mergeLayers([general, { source: undefined, options: own }]);
    const defined = defineWorker({ place, name, options: merged, timeZone });
    if ('definition' in defined) {
      return { worker: { definition: defined.definition, call }, problems: [] };
    }
    const related = defineWorker({ place, name, options: relationsOf(merged) });
    return {
      ...('definition' in related && { sketch: related.definition }),
      problems: defined.problems.map((problem) => attribute(problem, layers)),
    };
  }
}

/** What a call may get wrong besides the options. */
function wrongArguments({ name, place, options, call }: DeclaredWorker): DefinitionProblem[] {
  const own: unknown = options;
  const wrong = (option: string, value: unknown, remedy: string): DefinitionProblem => ({
    place,
    option,
    value: describeValue(value),
    remedy,
  });
  const problems: DefinitionProblem[] = [];
  if (typeof call !== 'function') problems.push(wrong('fn', call, 'give a function (run) => …'));
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    problems.push(wrong('options', own, 'give an object of options, or nothing'));
  } else if (options.name !== undefined && options.name !== name) {
    problems.push(wrong('name', options.name, 'leave it out: the name is the first argument'));
  }
  return problems;
}

function relationsOf({ dependsOn, blocks, tags, groups }: WorkerOptions): WorkerOptions {
  return mergeLayers([{ source: undefined, options: { dependsOn, blocks, tags, groups } }]);
}

function duplicatesAmong(all: readonly DeclaredWorker[]): DuplicateWorkerError[] {
  const places = new Map<string, string[]>();
  for (const { name, place } of all) places.set(name, [...(places.get(name) ?? []), place]);
  return [...places]
    .filter(([, declaredAt]) => declaredAt.length > 1)
    .map(([name, declaredAt]) => new DuplicateWorkerError(name, declaredAt));
}
