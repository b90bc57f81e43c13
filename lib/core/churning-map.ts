/**
 * A map of what comes and goes by the thousand, in the order in which it came; keys are no integers.
 *
 * Not a `Map`: V8 links each table that one outgrows to its successor, so that a single table that has grown old keeps
 * alive everything that came after it, until the next major collection. With runs, that costs more than all else.
 */
export class ChurningMap<Value> {
  private readonly entries = Object.create(null) as Record<string, Value>;

  get(key: string): Value | undefined {
    return this.entries[key];
  }

  has(key: string): boolean {
    return this.entries[key] !== undefined;
  }

  set(key: string, value: Value & NonNullable<unknown>): void {
    this.entries[key] = value;
  }

  /** Whether it was there to be removed. */
  delete(key: string): boolean {
    if (!this.has(key)) return false;
    return Reflect.deleteProperty(this.entries, key);
  }

  values(): Value[] {
    return Object.values(this.entries);
  }
}
