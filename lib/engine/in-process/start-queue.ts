import type { AttemptOrder } from '../../core/effect.js';
import type { Clock } from '../../execution/clock.js';
import type { EngineWorker } from '../engine.js';
import { StartBudget } from './start-budget.js';

/** An attempt that is ordered. */
interface Start {
  readonly order: AttemptOrder;
  readonly worker: EngineWorker;
  /** The number of the save that must have succeeded before. */
  readonly save: number;
}

/**
 * Attempts that are ordered, but may not begin yet: what a killed process must know of them is not saved, or this turn
 * of the event loop has had its share of starts. They begin in the order of their orders.
 */
export class StartQueue {
  private readonly waiting: Start[] = [];
  private readonly budget: StartBudget;

  constructor(
    clock: Clock,
    private readonly savedThrough: () => number,
    private readonly begin: (start: Start) => void,
  ) {
    this.budget = new StartBudget(clock, () => {
      this.advance();
    });
  }

  add(start: Start): void {
    const mayBegin =
      this.waiting.length === 0 && start.save <= this.savedThrough() && this.budget.take();
    if (mayBegin) this.begin(start);
    else this.waiting.push(start);
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
      ({ order }) => order.runId === runId && order.number === number,
    );
    if (index >= 0) this.waiting.splice(index, 1);
    return index >= 0;
  }

  runIds(): string[] {
    return this.waiting.map(({ order }) => order.runId);
  }

  private beginWhile(mayBegin: () => boolean): void {
    const saved = this.savedThrough();
    let begun = 0;
    for (const start of this.waiting) {
      if (start.save > saved || !mayBegin()) break;
      begun++;
      this.begin(start);
    }
    if (begun > 0) this.waiting.splice(0, begun);
  }
}
