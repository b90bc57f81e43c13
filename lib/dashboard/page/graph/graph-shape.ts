import type { Graph } from '../api/shapes.js';

/** Beyond so many conflicts of one worker, lines would hide what they are about: a badge tells how many. */
const MOST_LINES = 6;

export interface Line {
  readonly from: string;
  readonly to: string;
}

/** The graph as it is drawn. */
export interface GraphShape {
  readonly names: readonly string[];
  readonly dependencies: readonly Line[];
  /** Conflicts that are drawn as lines. */
  readonly conflicts: readonly Line[];
  /** Conflicts by worker, those included that are drawn as lines. */
  readonly conflictsOf: ReadonlyMap<string, readonly string[]>;
  /** Workers whose conflicts are told by a badge. */
  readonly isCrowded: ReadonlySet<string>;
}

export function shapeOf({ nodes, edges }: Graph): GraphShape {
  const conflictsOf = new Map<string, string[]>();
  const dependencies: Line[] = [];
  const pairs: Line[] = [];
  for (const { kind, from, to } of edges) {
    if (kind === 'dependency') {
      dependencies.push({ from, to });
    } else {
      pairs.push({ from, to });
      enter(conflictsOf, from, to);
      enter(conflictsOf, to, from);
    }
  }
  const crowded = [...conflictsOf].filter(([, others]) => others.length > MOST_LINES);
  const isCrowded = new Set(crowded.map(([name]) => name));
  return {
    names: nodes.map(({ name }) => name),
    dependencies,
    conflicts: pairs.filter(({ from, to }) => !isCrowded.has(from) && !isCrowded.has(to)),
    conflictsOf,
    isCrowded,
  };
}

function enter(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
