import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../lib/dashboard/page/api/shapes.js';
import { shapeOf, type Line } from '../../../lib/dashboard/page/graph/graph-shape.js';
import {
  layOut,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Layout,
} from '../../../lib/dashboard/page/graph/layout.js';
import { nearestTowards } from '../../../lib/dashboard/page/graph/nearest-node.js';

const line = (from: string, to: string): Line => ({ from, to });

function placesOf({ places }: Layout): Map<string, { x: number; y: number }> {
  return new Map(places.map(({ name, x, y }) => [name, { x, y }]));
}

describe('The graph', () => {
  const names = ['fetch', 'parse', 'store', 'archive', 'alone', '__proto__', 'constructor'];
  const dependencies = [line('fetch', 'parse'), line('parse', 'store'), line('__proto__', 'fetch')];
  const conflicts = [line('store', 'archive')];
  const request = { names, dependencies, conflicts, aspect: 1.6 };

  it('has a place for each worker, whatever its name, and none upon another', () => {
    const layout = layOut(request);

    expect(placesOf(layout).size).toBe(names.length);
    for (const one of layout.places) {
      for (const other of layout.places.filter((each) => each !== one)) {
        const isApart =
          Math.abs(one.x - other.x) >= NODE_WIDTH || Math.abs(one.y - other.y) >= NODE_HEIGHT;
        expect(isApart, `${one.name} and ${other.name}`).toBe(true);
      }
    }
  });

  it('runs from left to right, or down where there is more height', () => {
    const wide = placesOf(layOut(request));
    const high = placesOf(layOut({ ...request, aspect: 0.5 }));

    expect(wide.get('fetch')!.x).toBeLessThan(wide.get('parse')!.x);
    expect(high.get('fetch')!.y).toBeLessThan(high.get('parse')!.y);
  });

  it('draws an arrow for each dependency', () => {
    const { routes } = layOut(request);

    expect(routes.map(({ from, to }) => ({ from, to }))).toEqual(
      expect.arrayContaining(dependencies),
    );
    expect(routes.every(({ points }) => points.length >= 2)).toBe(true);
  });

  it('leaves out lines to workers that are not there', () => {
    const layout = layOut({ ...request, dependencies: [line('fetch', 'gone')], conflicts: [] });

    expect(layout.routes).toEqual([]);
  });

  it('stands in rows that fill what it is drawn on', () => {
    const pairs = Array.from({ length: 30 }, (_, number) => line(`a${number}`, `b${number}`));

    const { width, height } = layOut({
      names: pairs.flatMap(({ from, to }) => [from, to]),
      dependencies: pairs,
      conflicts: [],
      aspect: 1.6,
    });

    expect(width / height).toBeGreaterThan(0.8);
    expect(width / height).toBeLessThan(3.2);
  });

  it('tells many conflicts of one worker by their number, not by lines', () => {
    const others = Array.from({ length: 9 }, (_, number) => `w${number}`);
    const graph: Graph = {
      nodes: ['all', 'one', 'two', ...others].map((name) => ({
        name,
        tags: [],
        groups: [],
        priority: 1,
      })),
      edges: [
        ...others.map((to) => ({ kind: 'conflict' as const, from: 'all', to })),
        { kind: 'conflict', from: 'one', to: 'two' },
      ],
    };

    const shape = shapeOf(graph);

    expect(shape.conflicts).toEqual([line('one', 'two')]);
    expect([...shape.isCrowded]).toEqual(['all']);
    expect(shape.conflictsOf.get('all')).toEqual(others);
  });

  it('leads the arrow keys to the nearest worker straight ahead', () => {
    const places = new Map([
      ['a', { x: 0, y: 0 }],
      ['b', { x: 300, y: 0 }],
      ['c', { x: 250, y: 200 }],
      ['d', { x: 0, y: 100 }],
    ]);

    expect(nearestTowards('ArrowRight', 'a', places)).toBe('b');
    expect(nearestTowards('ArrowDown', 'a', places)).toBe('d');
    expect(nearestTowards('ArrowLeft', 'a', places)).toBeUndefined();
    expect(nearestTowards('Enter', 'a', places)).toBeUndefined();
  });
});
