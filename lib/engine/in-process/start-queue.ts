import type { Clock } from '../../execution/clock.js';
import { StartBudget } from './start-budget.js';

/** An attempt that is ordered. */
interface Start {
  readonly runId: string;
  readonly number: number;
  /** The number of the save that must have succeeded before. */
  readonly save: number;
  readonly begin: () => void;
}

/**
 * Attempts that are ordered, but may not begin yet: what a killed process must know of them is not saved, or this turn
 * of the event loop has had its share of starts. They begin in the order of their orders.
 */
export class StartQueue {
  private waiting: Start[] = [];
  private readonly budget: StartBudget;

  constructor(
    clock: Clock,
    private readonly savedThrough: () => number,
  ) {
    this.budget = new StartBudget(clock, () => {
      this.advance();
    });
  }

  add(start: Start): void {
    this.waiting.push(start);
    this.advance();
  }

  /** Begins what may begin in this turn. */
  advance(): void {
    this.beginWhile(() => this.budget.take());
  }

  /** Begins what only waits for the next turn. */
  flush(): void {
    this.beginWhile(() => true);
  }

  /** @returns whether it was there, and now will not begin */
  remove(runId: string, number: number): boolean {
    const index = this.waiting.findIndex(
      (start) => start.runId === runId && start.number === number,
    );
    if (index >= 0) this.waiting.splice(index, 1);
    return index >= 0;
  }

  runIds(): string[] {
    return this.waiting.map(({ runId }) => runId);
  }

  private beginWhile(mayBegin: () => boolean): void {
    const saved = this.savedThrough();
    let begun = 0;
    for (const { save, begin } of this.waiting) {
      if (save > saved || !mayBegin()) break;
      begun++;
      begin();
    }
    if (begun > 0) this.waiting.splice(0, begun);
  }
}
