import type { WorkerDefinition } from '../definition/worker-definition.js';

type Party = Pick<WorkerDefinition, 'name' | 'blocks' | 'tags'>;

/**
 * The pairs that may never overlap, each once, in the order of the workers: symmetric, whichever of the two says so.
 *
 * By an index of names and tags: to compare each worker with each other takes seconds where there are thousands.
 */
export function conflictPairs<Worker extends Party>(
  workers: readonly Worker[],
): (readonly [Worker, Worker])[] {
  const positions = positionsByTarget(workers);
  const laterOnes = workers.map(() => new Set<number>());
  workers.forEach(({ blocks }, position) => {
    for (const target of blocks) {
      for (const other of positions.get(target) ?? []) {
        if (other !== position) {
          laterOnes[Math.min(position, other)]?.add(Math.max(position, other));
        }
      }
    }
  });
  return workers.flatMap((worker, position) =>
    [...(laterOnes[position] ?? [])]
      .sort((one, other) => one - other)
      .flatMap((later) => {
        const other = workers[later];
        return other === undefined ? [] : [[worker, other] as const];
      }),
  );
}

/** Whom each name, each `tag:x` and `'*'` stands for. */
function positionsByTarget(workers: readonly Party[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>([['*', [...workers.keys()]]]);
  workers.forEach(({ name, tags }, position) => {
    for (const target of [name, ...tags.map((tag) => `tag:${tag}`)]) {
      const known = positions.get(target);
      if (known === undefined) positions.set(target, [position]);
      else known.push(position);
    }
  });
  return positions;
}
