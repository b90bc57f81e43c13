import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from '../../lib/core/heap.js';

interface Item {
  rank: number;
  heapIndex: number;
}

const item = (rank: number): Item => ({ rank, heapIndex: -1 });
const heapOf = (...items: Item[]): Heap<Item> => {
  const heap = new Heap<Item>((a, b) => a.rank < b.rank);
  for (const each of items) heap.push(each);
  return heap;
};
const drained = (heap: Heap<Item>): number[] => {
  const ranks: number[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) ranks.push(next.rank);
  return ranks;
};

describe('Heap', () => {
  it('gives its items in order', () => {
    expect(drained(heapOf(item(3), item(1), item(2), item(1)))).toEqual([1, 1, 2, 3]);
  });

  it('is empty at first', () => {
    const heap = heapOf();

    expect(heap.size).toBe(0);
    expect(heap.peek()).toBeUndefined();
    expect(heap.pop()).toBeUndefined();
  });

  it('knows which items it holds', () => {
    const [held, removed, other] = [item(1), item(2), item(3)];
    const heap = heapOf(held, removed);
    heapOf(other);
    heap.remove(removed);

    expect([held, removed, other].map((each) => heap.has(each))).toEqual([true, false, false]);
    expect(removed.heapIndex).toBe(-1);
  });

  it('leaves alone what it does not hold', () => {
    const [held, other] = [item(2), item(1)];
    const heap = heapOf(held);
    heapOf(other);

    expect(heap.remove(other)).toBe(false);
    heap.update(other);
    expect(drained(heap)).toEqual([2]);
  });

  it('refuses an item that stands in a heap already', () => {
    const taken = item(1);
    heapOf(taken);

    expect(() => heapOf(taken)).toThrow('in a heap already');
  });

  it('stays in order whatever is pushed, popped, removed and updated', () => {
    const step = fc.record({
      do: fc.constantFrom('push', 'push', 'push', 'push', 'pop', 'remove', 'update'),
      rank: fc.nat(1_000),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const heap = heapOf();
        const model: Item[] = [];
        for (const { do: action, rank, pick } of steps) {
          const picked = model[pick % (model.length || 1)];
          if (action === 'push') {
            const pushed = item(rank);
            model.push(pushed);
            heap.push(pushed);
          } else if (action === 'pop') {
            const popped = heap.pop();
            expect(popped?.rank).toBe(model.map((each) => each.rank).sort((a, b) => a - b)[0]);
            if (popped !== undefined) model.splice(model.indexOf(popped), 1);
          } else if (picked !== undefined && action === 'remove') {
            expect(heap.remove(picked)).toBe(true);
            model.splice(model.indexOf(picked), 1);
          } else if (picked !== undefined) {
            picked.rank = rank;
            heap.update(picked);
          }
          expect(heap.size).toBe(model.length);
          expect(model.every((each) => heap.has(each))).toBe(true);
        }
        expect(drained(heap)).toEqual(model.map((each) => each.rank).sort((a, b) => a - b));
      }),
    );
  });
});
