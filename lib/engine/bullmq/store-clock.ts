import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';
import type { Store } from './store.js';

const ASK_EACH_MS = 60_000;
/** An answer that took longer may have waited on its way back, in this process, too. */
const PRECISE_MS = 20;
const MOST_QUESTIONS = 5;

interface Measurement {
  readonly tookMs: number;
  readonly offset: number;
}

/** The store's wall clock, as far as this process knows it. It hangs on steady time, which nobody sets. */
export class StoreClock {
  /** What it shows minus steady time. */
  offset = 0;
  private askedAt = -Infinity;
  private isDoubted = false;
  /** The latest answer was very long on its way: so may others be. */
  private isSlow = false;

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
    const mostQuestions = this.isSlow ? 1 : MOST_QUESTIONS;
    const isInTime = (): boolean => this.clock.now() - beganAt < this.patienceMs / 2;
    let best = await this.measure(store);
    for (let asked = 1; asked < mostQuestions && best.tookMs > PRECISE_MS && isInTime(); asked++) {
      const another = await this.measure(store);
      if (another.tookMs < best.tookMs) best = another;
    }
    this.isSlow = best.tookMs > this.patienceMs / 8;
    this.isDoubted = false;
    const isBelieved = this.askedAt === -Infinity || best.tookMs <= PRECISE_MS;
    this.offset = isBelieved ? best.offset : this.inLineWith(best);
    this.askedAt = this.clock.now();
  }

  /** The store's clock drifts as well. */
  async askNowAndThen(store: Store): Promise<void> {
    const isUnsure = this.isSlow || this.isDoubted;
    if (isUnsure || this.clock.now() - this.askedAt >= ASK_EACH_MS) await this.ask(store);
  }

  /** To be asked again soon. */
  doubt(): void {
    this.isDoubted = true;
  }

  /** What was known, unless it is shown to be wrong: all that an answer tells for sure is that it was given on the way. */
  private inLineWith({ offset, tookMs }: Measurement): number {
    const mostOff = tookMs / 2;
    return Math.min(Math.max(this.offset, offset - mostOff), offset + mostOff);
  }

  private async measure(store: Store): Promise<Measurement> {
    const before = this.clock.now();
    const there = await within(this.patienceMs, 'asking for the time', store.now());
    const after = this.clock.now();
    return { tookMs: after - before, offset: there - (before + after) / 2 };
  }
}
