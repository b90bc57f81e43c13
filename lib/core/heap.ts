/**
 * A binary heap that knows where each item stands, so that any item can leave or move in O(log n).
 *
 * An item is in one heap at a time and carries its place; `heapIndex` is −1 outside.
 */
export class Heap<T extends { heapIndex: number }> {
  private readonly items: T[] = [];

  constructor(private readonly precedes: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  has(item: T): boolean {
    return item.heapIndex >= 0 && this.items[item.heapIndex] === item;
  }

  /** In no particular order. */
  values(): Iterable<T> {
    return this.items;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    if (item.heapIndex !== -1) throw new Error('The item stands in a heap already.');
    this.rise(item, this.items.length);
  }

  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Whether the item was there to be removed. */
  remove(item: T): boolean {
    if (!this.has(item)) return false;
    const hole = item.heapIndex;
    const last = this.items.pop();
    item.heapIndex = -1;
    if (last !== undefined && last !== item) this.settle(last, hole);
    return true;
  }

  /** Puts an item in its place again, after what orders it has changed. */
  update(item: T): void {
    if (this.has(item)) this.settle(item, item.heapIndex);
  }

  private settle(item: T, index: number): void {
    const parent = index > 0 ? this.items[(index - 1) >> 1] : undefined;
    if (parent !== undefined && this.precedes(item, parent)) this.rise(item, index);
    else this.sink(item, index);
  }

  private rise(item: T, from: number): void {
    const { items } = this;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (parent === undefined || !this.precedes(item, parent)) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  private sink(item: T, from: number): void {
    const { items } = this;
    const firstLeaf = items.length >> 1;
    let index = from;
    while (index < firstLeaf) {
      let childIndex = 2 * index + 1;
      let child = items[childIndex];
      const sibling = items[childIndex + 1];
      if (child !== undefined && sibling !== undefined && this.precedes(sibling, child)) {
        childIndex += 1;
        child = sibling;
      }
      if (child === undefined || !this.precedes(child, item)) break;
      items[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}
