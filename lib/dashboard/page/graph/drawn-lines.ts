import { NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.js';

/** A way through all points, without corners. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...others] = points;
  const last = others.pop();
  if (first === undefined || last === undefined) return '';
  let path = `M${text(first)}`;
  let before = first;
  for (const point of others) {
    path += `${before === first ? 'L' : 'Q' + text(before) + ' '}${text(middleOf(before, point))}`;
    before = point;
  }
  return before === first ? `${path}L${text(last)}` : `${path}Q${text(before)} ${text(last)}`;
}

/** From edge to edge of two nodes, by the upper left corners. */
export function straightBetween(one: Point, other: Point): readonly [Point, Point] {
  const [from, to] = [centreOf(one), centreOf(other)];
  return [edgeTowards(from, to), edgeTowards(to, from)];
}

export function middleOf(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

function centreOf({ x, y }: Point): Point {
  return { x: x + NODE_WIDTH / 2, y: y + NODE_HEIGHT / 2 };
}

/** Where the way from the centre of a node to somewhere else leaves the node. */
function edgeTowards(centre: Point, target: Point): Point {
  const [dx, dy] = [target.x - centre.x, target.y - centre.y];
  const share = Math.min(
    dx === 0 ? 1 : NODE_WIDTH / 2 / Math.abs(dx),
    dy === 0 ? 1 : NODE_HEIGHT / 2 / Math.abs(dy),
    1,
  );
  return { x: centre.x + dx * share, y: centre.y + dy * share };
}

function text({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
