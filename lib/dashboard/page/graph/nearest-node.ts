import type { Point } from './layout.js';

const DIRECTIONS: Readonly<Record<string, Point>> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/** The node that an arrow key leads to: near, and rather straight ahead. */
export function nearestTowards(
  key: string,
  from: string,
  places: ReadonlyMap<string, Point>,
): string | undefined {
  const direction = DIRECTIONS[key];
  const start = places.get(from);
  if (direction === undefined || start === undefined) return undefined;
  let nearest: string | undefined;
  let least = Infinity;
  for (const [name, { x, y }] of places) {
    const [dx, dy] = [x - start.x, y - start.y];
    const ahead = dx * direction.x + dy * direction.y;
    if (ahead <= 0) continue;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    const distance = ahead + 3 * aside;
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}
