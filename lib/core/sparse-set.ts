/** A set that takes next to no room until something is in it: idle workers have many of them, all empty. */
export class SparseSet<Value> implements Iterable<Value> {
  private values: Set<Value> | undefined;

  get size(): number {
    return this.values?.size ?? 0;
  }

  has(value: Value): boolean {
    return this.values?.has(value) === true;
  }

  add(value: Value): void {
    this.values ??= new Set();
    this.values.add(value);
  }

  /** Whether it was there to be removed. */
  delete(value: Value): boolean {
    return this.values?.delete(value) === true;
  }

  clear(): void {
    this.values = undefined;
  }

  [Symbol.iterator](): Iterator<Value> {
    return (this.values ?? (NOTHING as readonly Value[]))[Symbol.iterator]();
  }
}

const NOTHING: readonly unknown[] = [];
