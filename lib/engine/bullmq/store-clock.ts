import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';
import type { Store } from './store.js';

const ASK_EACH_MS = 60_000;

/** The store's wall clock, as far as this process knows it. It hangs on steady time, which nobody sets. */
export class StoreClock {
  /** What it shows minus steady time. */
  offset = 0;
  private askedAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {}

  now(): number {
    return this.askedAt > -Infinity ? this.clock.now() + this.offset : Date.now();
  }

  /** This machine's clock minus the store's. */
  get skewMs(): number {
    return Math.round(this.clock.wallOffset() - this.offset);
  }

  async ask(store: Store): Promise<void> {
    const before = this.clock.now();
    const there = await within(this.patienceMs, 'asking for the time', store.now());
    this.askedAt = this.clock.now();
    this.offset = there - (before + this.askedAt) / 2;
  }

  /** The store's clock drifts as well. */
  async askNowAndThen(store: Store): Promise<void> {
    if (this.clock.now() - this.askedAt >= ASK_EACH_MS) await this.ask(store);
  }
}
