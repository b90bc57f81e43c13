import { NODE_HEIGHT, NODE_WIDTH, type Layout, type Point, type Route } from './layout.js';

/** The part of the canvas that is seen, in its own measures. */
export interface Sight {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const NOTHING: Sight = { left: 0, top: 0, right: 0, bottom: 0 };

/** It grows in steps, so that moving a little draws nothing anew. */
const STEP = 200;

export function roundedUp({ left, top, right, bottom }: Sight): Sight {
  return {
    left: Math.floor(left / STEP) * STEP,
    top: Math.floor(top / STEP) * STEP,
    right: Math.ceil(right / STEP) * STEP,
    bottom: Math.ceil(bottom / STEP) * STEP,
  };
}

export function isSame(one: Sight, other: Sight): boolean {
  return (
    one.left === other.left &&
    one.top === other.top &&
    one.right === other.right &&
    one.bottom === other.bottom
  );
}

export function isNodeIn({ left, top, right, bottom }: Sight, { x, y }: Point): boolean {
  return x < right && x + NODE_WIDTH > left && y < bottom && y + NODE_HEIGHT > top;
}

/** What there is to draw of a layout. */
export function routesIn(sight: Sight, { routes }: Layout): Route[] {
  return routes.filter(({ points }) => {
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    return (
      Math.min(...xs) < sight.right &&
      Math.max(...xs) > sight.left &&
      Math.min(...ys) <= sight.bottom &&
      Math.max(...ys) >= sight.top
    );
  });
}
