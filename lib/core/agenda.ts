import { Heap } from './heap.js';

export interface Timed {
  at: number;
  readonly order: number;
  heapIndex: number;
}

/** What waits for its time, the earliest first, equals in the order of registration. */
export class Agenda<Entry extends Timed> {
  private readonly heap = new Heap<Entry>(
    (one, other) => one.at < other.at || (one.at === other.at && one.order < other.order),
  );

  get nextAt(): number | undefined {
    return this.heap.peek()?.at;
  }

  set(entry: Entry, at: number): void {
    entry.at = at;
    if (this.heap.has(entry)) this.heap.update(entry);
    else this.heap.push(entry);
  }

  clear(entry: Entry | undefined): void {
    if (entry !== undefined && this.heap.has(entry)) this.heap.remove(entry);
  }

  has(entry: Entry): boolean {
    return this.heap.has(entry);
  }

  /** The first entry before `end`, if there is one. */
  takeBefore(end: number): Entry | undefined {
    const next = this.heap.peek();
    return next !== undefined && next.at < end ? this.heap.pop() : undefined;
  }
}
