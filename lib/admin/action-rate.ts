const MINUTE_MS = 60_000;
/** Callers remembered at once. The first to be forgotten is the one that has been quiet for longest. */
const MOST_CALLERS = 1_000;

interface Allowance {
  left: number;
  at: number;
}

/** How many actions each caller may still take: as many at once as in a minute, then at that rate. */
export class ActionRate {
  private readonly allowances = new Map<string, Allowance>();

  constructor(private readonly perMinute: number) {}

  /** Whether this one is within the limit, which it then counts against. */
  take(caller: string, now: number): boolean {
    const { left, at } = this.allowances.get(caller) ?? { left: this.perMinute, at: now };
    const refilled = Math.min(this.perMinute, left + ((now - at) * this.perMinute) / MINUTE_MS);
    const isWithin = refilled >= 1;
    this.allowances.delete(caller);
    this.allowances.set(caller, { left: isWithin ? refilled - 1 : refilled, at: now });
    this.forgetTheQuiet();
    return isWithin;
  }

  private forgetTheQuiet(): void {
    if (this.allowances.size <= MOST_CALLERS) return;
    for (const [caller] of this.allowances) {
      this.allowances.delete(caller);
      return;
    }
  }
}
