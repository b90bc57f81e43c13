import { defineWorker } from './core/definition/define-worker.js';
import type { DefinitionProblem } from './core/definition/problem.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import { DuplicateWorkerError, GraphValidationError, WorkerDefinitionError } from './core/errors.js';
import { lintGraph } from './core/graph/lint-graph.js';
import { nearestName } from './core/graph/nearest-name.js';
import { validateGraph } from './core/graph/validate-graph.js';
import type { EngineWorker } from './engine/engine.js';
import type { RunContext } from './execution/run-context.js';
import type { OrchestratorSettings } from './orchestrator-settings.js';

/** A worker as it was declared: by a decorator, or by a call. */
export interface DeclaredWorker {
  readonly name: string;
  readonly place: string;
  readonly options: WorkerOptions;
  readonly call: (run: RunContext) => unknown;
}

/** Turns declarations into workers: defaults below, overrides above. */
export class WorkerRegistry {
  private readonly declared = new Map<string, DeclaredWorker>();

  constructor(private readonly settings: OrchestratorSettings) {}

  /** @throws WorkerDefinitionError */
  define(declared: DeclaredWorker): EngineWorker {
    const { worker, problems } = this.tryDefine(declared);
    if (worker === undefined) throw new WorkerDefinitionError(problems);
    return worker;
  }

  /** What the worker becomes with these options on top. */
  withOptions(name: string, options: WorkerOptions): DeclaredWorker | undefined {
    const declared = this.declared.get(name);
    return declared && { ...declared, options: { ...declared.options, ...options } };
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
    discoveryProblems: readonly DefinitionProblem[],
  ): { readonly workers: readonly EngineWorker[]; readonly warnings: readonly string[] } {
    const problems = [...this.settings.problems, ...discoveryProblems];
    const workers = new Map<string, EngineWorker>();
    for (const declared of all) {
      const defined = this.tryDefine(declared);
      problems.push(...defined.problems);
      if (defined.worker !== undefined) workers.set(declared.name, defined.worker);
      this.remember(declared);
    }
    const warnings = this.check(all, workers, problems);
    return { workers: [...workers.values()], warnings };
  }

  private check(
    all: readonly DeclaredWorker[],
    workers: ReadonlyMap<string, EngineWorker>,
    problems: readonly DefinitionProblem[],
  ): readonly string[] {
    const { groups, maxConcurrentWorkers } = this.settings.engineSettings;
    const definitions = new Map([...workers].map(([name, { definition }]) => [name, definition]));
    const duplicates = duplicatesAmong(all);
    // A worker whose own options are wrong is known all the same: naming it is no second mistake.
    const named = new Map([...all.map(({ name }) => [name, true] as const)]);
    const graphProblems = [
      ...duplicates.map(({ message }) => message),
      ...validateGraph(definitions, groups, definitions.values(), named),
    ];
    const warnings = [
      ...lintGraph(definitions, groups, maxConcurrentWorkers),
      ...this.unusedOverrides(named),
    ];
    if (this.settings.isStrict) graphProblems.push(...warnings);

    if (problems.length > 0) throw new WorkerDefinitionError(problems, graphProblems);
    const [duplicate] = duplicates;
    if (duplicate !== undefined && graphProblems.length === 1) throw duplicate;
    if (graphProblems.length > 0) throw new GraphValidationError(graphProblems);
    return warnings;
  }

  private unusedOverrides(named: ReadonlyMap<string, unknown>): string[] {
    return [...this.settings.overrides.keys()]
      .filter((name) => !named.has(name))
      .map((name) => {
        const nearest = nearestName(name, named.keys());
        return (
          `The overrides name "${name}", which is no worker at boot.` +
          (nearest === undefined ? '' : ` Did you mean "${nearest}"?`)
        );
      });
  }

  private tryDefine({ name, place, options, call }: DeclaredWorker): {
    readonly worker?: EngineWorker;
    readonly problems: readonly DefinitionProblem[];
  } {
    const { defaults, overrides, timeZone } = this.settings;
    const merged = { ...defaults, ...options, ...overrides.get(name) };
    const defined = defineWorker({ place, name, options: merged, timeZone });
    return 'problems' in defined
      ? { problems: defined.problems }
      : { worker: { definition: defined.definition, call }, problems: [] };
  }
}

function duplicatesAmong(all: readonly DeclaredWorker[]): DuplicateWorkerError[] {
  const places = new Map<string, string[]>();
  for (const { name, place } of all) places.set(name, [...(places.get(name) ?? []), place]);
  return [...places]
    .filter(([, declaredAt]) => declaredAt.length > 1)
    .map(([name, declaredAt]) => new DuplicateWorkerError(name, declaredAt));
}
