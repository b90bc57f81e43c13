import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';
import type { Store } from './store.js';

const ASK_EACH_MS = 60_000;
/** An answer that took longer may have waited on its way back, in this process, too. */
const PRECISE_MS = 20;
const MOST_QUESTIONS = 5;

/** The store's wall clock, as far as this process knows it. It hangs on steady time, which nobody sets. */
export class StoreClock {
  /** What it shows minus steady time. */
  offset = 0;
  private askedAt = -Infinity;
  private isDoubted = false;

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
    const beganAt = this.clock.now();
    const wasKnown = this.askedAt > -Infinity;
    const mostQuestions = wasKnown && this.isDoubted ? 1 : MOST_QUESTIONS;
    const isInTime = (): boolean => this.clock.now() - beganAt < this.patienceMs / 2;
    let best = await this.measure(store);
    for (let asked = 1; asked < mostQuestions && best.tookMs > PRECISE_MS && isInTime(); asked++) {
      const another = await this.measure(store);
      if (another.tookMs < best.tookMs) best = another;
    }
    this.isDoubted = best.tookMs > this.patienceMs / 8;
    // What was known before is better than what may be so wrong, unless that shows it to be wrong.
    const isInLine = Math.abs(best.offset - this.offset) <= best.tookMs / 2;
    if (this.isDoubted && wasKnown && isInLine) return;
    this.askedAt = this.clock.now();
    this.offset = best.offset;
  }

  /** The store's clock drifts as well. */
  async askNowAndThen(store: Store): Promise<void> {
    if (this.isDoubted || this.clock.now() - this.askedAt >= ASK_EACH_MS) await this.ask(store);
  }

  /** To be asked again soon. */
  doubt(): void {
    this.isDoubted = true;
  }

  private async measure(
    store: Store,
  ): Promise<{ readonly tookMs: number; readonly offset: number }> {
    const before = this.clock.now();
    const there = await within(this.patienceMs, 'asking for the time', store.now());
    const after = this.clock.now();
    return { tookMs: after - before, offset: there - (before + after) / 2 };
  }
}
