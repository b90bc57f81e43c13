import type { Clock } from '../../execution/clock.js';

const MOST_STARTS = 1_000;
const LONGEST_MS = 10;

/** Bounds what is started in one turn of the event loop: endless short runs must not starve the application. */
export class StartBudget {
  private starts = 0;
  private turnBeganAt = 0;

  constructor(
    private readonly clock: Clock,
    /** Called in the next turn, after a refusal. */
    private readonly onRenewed: () => void,
  ) {}

  /** Whether one more may be started in this turn. */
  take(): boolean {
    if (this.starts === 0) this.beginTurn();
    if (this.starts >= MOST_STARTS || this.clock.now() - this.turnBeganAt >= LONGEST_MS) {
      this.starts = Infinity;
      return false;
    }
    this.starts++;
    return true;
  }

  private beginTurn(): void {
    this.turnBeganAt = this.clock.now();
    this.clock.defer(() => {
      const wasExceeded = this.starts === Infinity;
      this.starts = 0;
      if (wasExceeded) this.onRenewed();
    });
  }
}
