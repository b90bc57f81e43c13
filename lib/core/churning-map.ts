/** Renewing one more often gains nothing. */
const FEWEST_DEPARTED = 1_000;

/**
 * A map of what comes and goes by the thousand, in the order in which it came.
 *
 * V8 links each table that a `Map` outgrows to its successor, so that a single table that has grown old keeps alive
 * everything that came after it, until the next major collection. With runs, that costs more than all else. So the map
 * is replaced by a copy whenever most of what it held has left.
 */
export class ChurningMap<Value> {
  private entries = new Map<string, Value>();
  private departed = 0;

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Value): void {
    this.entries.set(key, value);
  }

  /** Whether it was there to be removed. */
  delete(key: string): boolean {
    if (!this.entries.delete(key)) return false;
    this.departed++;
    if (this.departed >= FEWEST_DEPARTED && this.departed >= this.entries.size) {
      this.entries = new Map(this.entries);
      this.departed = 0;
    }
    return true;
  }

  clear(): void {
    this.entries = new Map();
    this.departed = 0;
  }

  values(): Value[] {
    return [...this.entries.values()];
  }
}
