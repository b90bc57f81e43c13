import { graphlib, layout as arrangeByRank } from '@dagrejs/dagre';
import type { Line } from './graph-shape.js';
import { islandsOf, type Island } from './islands.js';

export const NODE_WIDTH = 192;
export const NODE_HEIGHT = 60;

const GAP = 28;
const GAP_OF_RANKS = 64;
const GAP_OF_ISLANDS = 48;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Route extends Line {
  readonly points: readonly Point[];
}

/** Where everything stands; a node by its upper left corner. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly (Point & { readonly name: string })[];
  readonly routes: readonly Route[];
}

export interface LayoutRequest {
  readonly names: readonly string[];
  readonly dependencies: readonly Line[];
  readonly conflicts: readonly Line[];
  /** The shape of what it is drawn on: width by height. */
  readonly aspect: number;
}

/** Dependencies run from left to right, or down where there is more height; what has nothing to do with each other stands apart, in rows. */
export function layOut({ names, dependencies, conflicts, aspect }: LayoutRequest): Layout {
  const islands = islandsOf(names, dependencies, conflicts);
  const parts = islands
    .filter((island) => !isSingle(island))
    .map((island) => layOutIsland(island, aspect < 1 ? 'TB' : 'LR'));
  const area = [...parts, ...islands.filter(isSingle).map(() => SINGLE)]
    .map(({ width, height }) => (width + GAP_OF_ISLANDS) * (height + GAP_OF_ISLANDS))
    .reduce((sum, each) => sum + each, 0);
  const widest = Math.max(NODE_WIDTH, ...parts.map(({ width }) => width));
  const target = Math.max(widest, Math.sqrt(area * aspect));
  const singles = islands.filter(isSingle).flatMap(({ names: [name = ''] }) => name);
  return inRows(singles.length === 0 ? parts : [...parts, inGrid(singles, target)], target);
}

const SINGLE = { width: NODE_WIDTH, height: NODE_HEIGHT };

function isSingle({ names }: Island): boolean {
  return names.length === 1;
}

function layOutIsland({ names, dependencies, bridges }: Island, rankdir: 'LR' | 'TB'): Layout {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir, nodesep: GAP, ranksep: GAP_OF_RANKS, ranker: 'network-simplex' });
  // Numbers for names: the library keeps them as keys of plain objects.
  const ids = new Map(names.map((name, index) => [name, String(index)]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  for (const name of names) graph.setNode(idOf(name), { width: NODE_WIDTH, height: NODE_HEIGHT });
  const connect = ({ from, to }: Line, weight: number): void => {
    graph.setEdge(idOf(from), idOf(to), { weight });
  };
  for (const line of dependencies) connect(line, 4);
  // Not drawn as routes: they only keep workers in conflict near each other.
  for (const line of bridges) connect(line, 1);
  arrangeByRank(graph);

  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    places: names.map((name) => {
      const { x, y } = graph.node(idOf(name)) as Point;
      return { name, x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 };
    }),
    routes: dependencies.map(({ from, to }) => ({
      from,
      to,
      points: (graph.edge(idOf(from), idOf(to)) as { readonly points: readonly Point[] }).points,
    })),
  };
}

function inGrid(names: readonly string[], width: number): Layout {
  const columns = Math.max(1, Math.floor((width + GAP) / (NODE_WIDTH + GAP)));
  const rows = Math.ceil(names.length / columns);
  return {
    width: Math.min(columns, names.length) * (NODE_WIDTH + GAP) - GAP,
    height: rows * (NODE_HEIGHT + GAP) - GAP,
    places: names.map((name, index) => ({
      name,
      x: (index % columns) * (NODE_WIDTH + GAP),
      y: Math.floor(index / columns) * (NODE_HEIGHT + GAP),
    })),
    routes: [],
  };
}

/** Beside each other as long as they fit, then in the next row. */
function inRows(parts: readonly Layout[], target: number): Layout {
  const places: (Point & { readonly name: string })[] = [];
  const routes: Route[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > target) {
      [x, y, rowHeight] = [0, y + rowHeight + GAP_OF_ISLANDS, 0];
    }
    const moved = ({ x: left, y: top }: Point): Point => ({ x: left + x, y: top + y });
    places.push(...part.places.map((place) => ({ ...place, ...moved(place) })));
    routes.push(...part.routes.map((route) => ({ ...route, points: route.points.map(moved) })));
    width = Math.max(width, x + part.width);
    rowHeight = Math.max(rowHeight, part.height);
    x += part.width + GAP_OF_ISLANDS;
  }
  return { width, height: y + rowHeight, places, routes };
}
