import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { progress, workers } from '../state/board.js';
import { GraphLines, keyOf } from './graph-lines.js';
import { GraphNode } from './graph-node.js';
import type { GraphShape, Line } from './graph-shape.js';
import type { Layout, Point } from './layout.js';
import { isNodeIn, routesIn, type Sight } from './sight.js';
import { useHolds } from './use-holds.js';

/** So many moving things at once would tell nothing, and keep the browser busy. */
const MOST_MOVING = 80;

interface Properties {
  readonly shape: GraphShape;
  readonly layout: Layout;
  readonly places: ReadonlyMap<string, Point>;
  /** What lies outside of it is not drawn. */
  readonly sight: Sight;
  /** Only what concerns this worker is in full colour. */
  readonly focus: string | undefined;
  readonly tabStop: string | undefined;
}

/** Nodes and lines, as far as they are seen. */
export function GraphCanvas(properties: Properties): JSX.Element {
  const { shape, layout, places, sight, focus, tabStop } = properties;
  const holds = useHolds();
  const conflicts = useMemo(() => {
    const ofFocus = focus === undefined ? [] : (shape.conflictsOf.get(focus) ?? []);
    const lines = ofFocus.map((other) => ({ from: focus ?? '', to: other }));
    return withoutTwins([...shape.conflicts, ...lines, ...holds.conflicts]);
  }, [shape, focus, holds]);
  const routes = useMemo(() => routesIn(sight, layout), [sight, layout]);
  const drawn = useMemo(
    () => [...places].filter(([name, place]) => name === tabStop || isNodeIn(sight, place)),
    [places, sight, tabStop],
  );
  const near = useMemo(
    () => (focus === undefined ? undefined : neighboursOf(focus, shape)),
    [focus, shape],
  );

  return (
    <div class={drawn.length > MOST_MOVING ? 'still' : ''}>
      <GraphLines
        width={layout.width}
        height={layout.height}
        routes={routes}
        places={places}
        conflicts={conflicts}
        holding={holds.keys}
        focus={focus}
      />
      {drawn.map(([name, place]) => {
        const worker = workers.value.get(name);
        if (worker === undefined) return null;
        return (
          <GraphNode
            key={name}
            worker={worker}
            place={place}
            progress={progress.value.get(name)}
            conflicts={shape.isCrowded.has(name) ? (shape.conflictsOf.get(name)?.length ?? 0) : 0}
            isFaded={near !== undefined && !near.has(name)}
            isTabStop={name === tabStop}
          />
        );
      })}
    </div>
  );
}

function withoutTwins(lines: readonly Line[]): Line[] {
  const seen = new Set<string>();
  return lines.filter(({ from, to }) => {
    const key = keyOf(from < to ? { from, to } : { from: to, to: from });
    return !seen.has(key) && seen.add(key);
  });
}

function neighboursOf(name: string, { dependencies, conflictsOf }: GraphShape): Set<string> {
  const related = dependencies
    .filter(({ from, to }) => from === name || to === name)
    .flatMap(({ from, to }) => [from, to]);
  return new Set([name, ...related, ...(conflictsOf.get(name) ?? [])]);
}
