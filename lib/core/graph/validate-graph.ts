import type { WorkerDefinition } from '../definition/worker-definition.js';
import { nearestName } from './nearest-name.js';
import { dependencyCycles } from './dependency-cycles.js';

/** Names, and what they stand for: as much of a map as is asked. */
export interface Named<Value> {
  get(name: string): Value | undefined;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** Everything that is wrong with how `subjects` refer to the workers and groups; empty where nothing is. */
export function validateGraph(
  workers: Named<WorkerDefinition>,
  groups: Named<unknown>,
  subjects: readonly WorkerDefinition[],
  /** Names that may be referred to. */
  known: Named<unknown> = workers,
): string[] {
  const problems: string[] = [];
  for (const worker of subjects) {
    const { name, dependsOn, blocks } = worker;
    for (const dependency of dependsOn) {
      if (known.has(dependency.worker)) continue;
      problems.push(
        `"${name}" depends on "${dependency.worker}", which is not registered.` +
          suggestion(
            dependency.worker,
            othersOf(name, known),
            'Register it, or remove it from dependsOn.',
          ),
      );
    }
    for (const blocked of blocks) {
      if (blocked === name) {
        problems.push(
          `"${name}" blocks itself. Remove it from blocks; concurrency: 1 keeps its runs apart.`,
        );
      } else if (blocked !== '*' && !blocked.startsWith('tag:') && !known.has(blocked)) {
        problems.push(
          `"${name}" blocks "${blocked}", which is not registered.` +
            (isTag(blocked, workers)
              ? ` Did you mean "tag:${blocked}"?`
              : suggestion(
                  blocked,
                  othersOf(name, known),
                  'Register it, or remove it from blocks.',
                )),
        );
      }
    }
    for (const group of worker.groups) {
      if (groups.has(group)) continue;
      problems.push(
        `"${name}" is in the group "${group}", which has no limit.` +
          suggestion(group, groups.keys(), `Add it to the module's groups option.`),
      );
    }
  }
  const depending = subjects.filter(({ dependsOn }) => dependsOn.length > 0);
  for (const cycle of dependencyCycles(
    workers,
    depending.map(({ name }) => name),
  )) {
    problems.push(
      cycle.length === 2
        ? `"${String(cycle[0])}" depends on itself. Remove it from dependsOn.`
        : `dependsOn goes round in a circle: ${cycle.map((each) => `"${each}"`).join(' → ')}. ` +
            'Remove one of them.',
    );
  }
  return problems;
}

function isTag(name: string, workers: Named<WorkerDefinition>): boolean {
  return [...workers.keys()].some((worker) => workers.get(worker)?.tags.includes(name));
}

function othersOf(name: string, known: Named<unknown>): string[] {
  return [...known.keys()].filter((other) => other !== name);
}

function suggestion(wrong: string, known: Iterable<string>, otherwise: string): string {
  const nearest = nearestName(wrong, known);
  return nearest === undefined ? ` ${otherwise}` : ` Did you mean "${nearest}"?`;
}
