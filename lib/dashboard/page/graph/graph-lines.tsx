import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { middleOf, smoothPath, straightBetween } from './drawn-lines.js';
import type { Line } from './graph-shape.js';
import type { Point, Route } from './layout.js';

interface Properties {
  readonly width: number;
  readonly height: number;
  readonly routes: readonly Route[];
  readonly places: ReadonlyMap<string, Point>;
  readonly conflicts: readonly Line[];
  /** Lines along which somebody is held back now, as {@link keyOf} names them. */
  readonly holding: ReadonlySet<string>;
  /** Only what concerns this worker is in full colour. */
  readonly focus: string | undefined;
}

export function keyOf({ from, to }: Line): string {
  return JSON.stringify([from, to]);
}

/** Arrows from a dependency to who needs it, crossed lines between workers that exclude each other. */
export const GraphLines = memo(function GraphLines(properties: Properties): JSX.Element {
  const { width, height, routes, places, conflicts, holding, focus } = properties;
  const classOf = (kind: string, line: Line): string => {
    const isHolding = holding.has(keyOf(line));
    const isAside = focus !== undefined && line.from !== focus && line.to !== focus;
    return `line ${kind}${isHolding ? ' holding' : ''}${isAside ? ' faded' : ''}`;
  };
  return (
    <svg class="lines" width={width} height={height} aria-hidden="true">
      <defs>
        <ArrowHead id="arrow" />
        <ArrowHead id="arrow-holding" />
      </defs>
      {routes.map((route) => (
        <path
          key={keyOf(route)}
          class={classOf('dependency', route)}
          d={smoothPath(route.points)}
          marker-end={`url(#arrow${holding.has(keyOf(route)) ? '-holding' : ''})`}
        />
      ))}
      {conflicts.map((line) => {
        const [from, to] = [places.get(line.from), places.get(line.to)];
        if (from === undefined || to === undefined) return null;
        const ends = straightBetween(from, to);
        const { x, y } = middleOf(...ends);
        return (
          <g key={keyOf(line)} class={classOf('conflict', line)}>
            <path d={smoothPath(ends)} />
            <circle cx={x} cy={y} r={6} />
            <path class="cross" d={`M${x - 2.5} ${y - 2.5}l5 5m0 -5l-5 5`} />
          </g>
        );
      })}
    </svg>
  );
});

function ArrowHead({ id }: { readonly id: string }): JSX.Element {
  return (
    <marker
      id={id}
      viewBox="0 0 10 10"
      refX="9"
      refY="5"
      markerWidth="7"
      markerHeight="7"
      orient="auto"
    >
      <path d="M0 1L9 5L0 9z" />
    </marker>
  );
}
