import type { WorkerDefinition } from '../definition/worker-definition.js';

type Workers = Pick<ReadonlyMap<string, Pick<WorkerDefinition, 'dependsOn'>>, 'get' | 'has'>;

/**
 * Each cycle of `dependsOn` that can be reached from the given names, once, as the names along it, the first repeated at
 * the end.
 */
export function dependencyCycles(workers: Workers, from: Iterable<string>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();

  for (const root of from) {
    const path: string[] = [];
    const onPath = new Map<string, number>();
    // An explicit stack: a chain of thousands of workers must not overflow the call stack.
    const stack: { name: string; next: number }[] = [];
    const enter = (name: string): void => {
      onPath.set(name, path.length);
      path.push(name);
      stack.push({ name, next: 0 });
    };
    if (!done.has(root)) enter(root);

    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const dependency = workers.get(frame.name)?.dependsOn[frame.next++]?.worker;
      if (dependency === undefined) {
        stack.pop();
        path.pop();
        onPath.delete(frame.name);
        done.add(frame.name);
        continue;
      }
      const start = onPath.get(dependency);
      if (start !== undefined) cycles.push([...path.slice(start), dependency]);
      else if (!done.has(dependency) && workers.has(dependency)) enter(dependency);
    }
  }
  return cycles;
}
