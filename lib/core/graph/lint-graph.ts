import type { WorkerDefinition } from '../definition/worker-definition.js';
import { nearestName } from './nearest-name.js';

/** What is allowed but hardly meant: warnings, or boot errors where the module is `strict`. */
export function lintGraph(
  workers: ReadonlyMap<string, WorkerDefinition>,
  groups: ReadonlyMap<string, number>,
  maxConcurrentWorkers: number,
): string[] {
  const tags = new Set([...workers.values()].flatMap((worker) => worker.tags));
  return [...workers.values()].flatMap((worker) => [
    ...lintDependencies(worker, workers),
    ...worker.blocks
      .filter((target) => target.startsWith('tag:') && !tags.has(target.slice(4)))
      .map(
        (target) =>
          `"${worker.name}" blocks "${target}", but no worker has that tag.${meant(target, tags)}`,
      ),
    ...lintConcurrency(worker, groups, maxConcurrentWorkers),
  ]);
}

function meant(target: string, tags: Iterable<string>): string {
  const nearest = nearestName(target.slice(4), tags);
  return nearest === undefined ? '' : ` Did you mean "tag:${nearest}"?`;
}

function lintDependencies(
  worker: WorkerDefinition,
  workers: ReadonlyMap<string, WorkerDefinition>,
): string[] {
  const warnings: string[] = [];
  for (const { worker: name } of worker.dependsOn) {
    const dependency = workers.get(name);
    if (dependency?.enabled === false && worker.enabled) {
      warnings.push(
        `"${worker.name}" depends on "${name}", which is disabled: it waits until that is enabled and succeeds.`,
      );
    }
    if (dependency?.schedule.kind === 'triggered' && !dependency.schedule.startsDue) {
      warnings.push(
        `"${worker.name}" depends on "${name}", which runs only when triggered: it waits for the first trigger.`,
      );
    }
  }
  return warnings;
}

function lintConcurrency(
  worker: WorkerDefinition,
  groups: ReadonlyMap<string, number>,
  maxConcurrentWorkers: number,
): string[] {
  const limits = [
    ['maxConcurrentWorkers', maxConcurrentWorkers] as const,
    ...worker.groups.map((group) => [`group "${group}"`, groups.get(group) ?? Infinity] as const),
  ];
  return limits
    .filter(([, limit]) => worker.concurrency > limit)
    .map(
      ([what, limit]) =>
        `"${worker.name}" has concurrency ${String(worker.concurrency)}, but ${what} allows ${String(limit)}.`,
    );
}
