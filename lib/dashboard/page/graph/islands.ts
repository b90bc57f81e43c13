import type { Line } from './graph-shape.js';

/** Workers that have to do with each other, and with no others. */
export interface Island {
  readonly names: readonly string[];
  readonly dependencies: readonly Line[];
  /** Conflicts that connect what no dependency connects: no two of them, and none with a dependency, make a circle. */
  readonly bridges: readonly Line[];
}

/** In the order of the names that come first. */
export function islandsOf(
  names: readonly string[],
  dependencies: readonly Line[],
  conflicts: readonly Line[],
): Island[] {
  const chief = new Map(names.map((name) => [name, name]));
  const chiefOf = (name: string): string => {
    let at = name;
    for (let next = chief.get(at); next !== undefined && next !== at; next = chief.get(at)) {
      chief.set(at, chief.get(next) ?? next);
      at = next;
    }
    return at;
  };
  const connect = ({ from, to }: Line): boolean => {
    const [one, other] = [chiefOf(from), chiefOf(to)];
    chief.set(other, one);
    return one !== other;
  };
  const known = dependencies.filter(({ from, to }) => chief.has(from) && chief.has(to));
  for (const line of known) connect(line);
  const bridges = conflicts.filter(
    (line) => chief.has(line.from) && chief.has(line.to) && connect(line),
  );

  const islands = new Map<string, { names: string[]; dependencies: Line[]; bridges: Line[] }>();
  const islandOf = (name: string): { names: string[]; dependencies: Line[]; bridges: Line[] } => {
    const key = chiefOf(name);
    const island = islands.get(key) ?? { names: [], dependencies: [], bridges: [] };
    islands.set(key, island);
    return island;
  };
  for (const name of names) islandOf(name).names.push(name);
  for (const line of known) islandOf(line.from).dependencies.push(line);
  for (const line of bridges) islandOf(line.from).bridges.push(line);
  return [...islands.values()];
}
