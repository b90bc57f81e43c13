import { Heap } from '../heap.js';
import { goesFirst, outranks, type Rank } from './rank.js';

/** A place in a queue, held for a run. */
export interface Turn<R extends Rank = Rank> {
  run: R | undefined;
  heapIndex: number;
}

/**
 * Turns in the order of their runs' effective priority, which changes as time passes. Within one base priority it
 * does not: who is due earlier has aged more. So a heap for each base priority suffices, and only their heads compete.
 */
export class RankedQueue<R extends Rank, T extends Turn<R> = Turn<R>> {
  private readonly heaps: (Heap<T> | undefined)[] = [];
  size = 0;

  constructor(private readonly agingStepMs: number) {}

  add(turn: T, run: R): void {
    turn.run = run;
    this.heapOf(run).push(turn);
    this.size++;
  }

  remove(turn: T): void {
    if (turn.run === undefined) return;
    this.heapOf(turn.run).remove(turn);
    turn.run = undefined;
    this.size--;
  }

  /** Whoever outranks all others at `now`. */
  best(now: number): T | undefined {
    let best: T | undefined;
    for (const heap of this.heaps) {
      const head = heap?.peek();
      if (head?.run === undefined) continue;
      if (best?.run === undefined || outranks(head.run, best.run, now, this.agingStepMs)) {
        best = head;
      }
    }
    return best;
  }

  /** The first of each base priority, best first: whoever is best at any time is among them. */
  firsts(now: number): R[] {
    const firsts: R[] = [];
    if (this.size === 0) return firsts;
    for (const heap of this.heaps) {
      const run = heap?.peek()?.run;
      if (run !== undefined) firsts.push(run);
    }
    if (firsts.length === 1) return firsts;
    return firsts.sort((one, other) => (outranks(one, other, now, this.agingStepMs) ? -1 : 1));
  }

  /** In no particular order. */
  runs(): R[] {
    return this.heaps.flatMap((heap) =>
      [...(heap?.values() ?? [])].flatMap(({ run }) => run ?? []),
    );
  }

  /** Whether it is the first of its base priority. */
  isFirst(turn: T): boolean {
    return turn.heapIndex === 0;
  }

  private heapOf(run: R): Heap<T> {
    return (this.heaps[run.priority] ??= new Heap<T>((one, other) =>
      goesFirst(one.run as R, other.run as R),
    ));
  }
}
