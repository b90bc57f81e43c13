import { setImmediate as nextTurn } from 'node:timers';
import { Heap } from '../core/heap.js';
import { parseDuration, type Duration } from '../core/duration.js';
import type { Clock } from '../execution/clock.js';

const LONGEST_DELAY_MS = 2 ** 31 - 1;
const MOST_TURNS = 10_000;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  heapIndex: number;
}

/** A {@link Clock} whose time passes when the test says so. */
export class VirtualClock implements Clock {
  private readonly timers = new Heap<Timer>(
    (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order),
  );
  private deferred: (() => void)[] = [];
  private steadyMs: number;
  private offsetMs = 0;
  private lastOrder = 0;
  private isAdvancing = false;

  /** @param start the first instant, for both the steady and the wall clock */
  constructor(start: Date | string | number = '2026-01-01T00:00:00Z') {
    this.steadyMs = new Date(start).getTime();
    if (Number.isNaN(this.steadyMs)) throw new RangeError(`${String(start)} is no instant.`);
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return this.steadyMs;
  }

  wallOffset(): number {
    return this.offsetMs;
  }

  /** As in Node the shortest delay is 1 ms. One that Node would cut to that is refused. */
  setTimer(callback: () => void, delayMs: number): unknown {
    if (!(delayMs >= 0 && delayMs <= LONGEST_DELAY_MS)) {
      throw new RangeError(`A timer cannot hold a delay of ${String(delayMs)} ms.`);
    }
    const at = this.steadyMs + Math.max(1, Math.trunc(delayMs));
    const timer: Timer = { at, order: ++this.lastOrder, callback, heapIndex: -1 };
    this.timers.push(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.timers.remove(timer as Timer);
  }

  defer(callback: () => void): void {
    this.deferred.push(callback);
  }

  /**
   * Lets time pass. Timers fire in order, each at its very instant. What one sets in motion runs,
   * until it waits for time again, before the next one fires.
   *
   * `advance(0)` lets everything run that is not waiting for time.
   */
  async advance(duration: Duration): Promise<void> {
    if (this.isAdvancing) throw new Error('Time is advancing already: await advance().');
    this.isAdvancing = true;
    try {
      await this.advanceTo(this.steadyMs + milliseconds(duration));
    } finally {
      this.isAdvancing = false;
    }
  }

  /** The event loop is blocked: time passes, and what was due fires late, at the next advance. */
  stall(duration: Duration): void {
    this.steadyMs += milliseconds(duration);
  }

  /** Somebody sets the wall clock; steady time goes on. */
  jumpWall(byMs: number): void {
    this.offsetMs += byMs;
  }

  private async advanceTo(target: number): Promise<void> {
    await this.settle();
    for (let timer = this.nextBy(target); timer !== undefined; timer = this.nextBy(target)) {
      this.timers.remove(timer);
      this.steadyMs = Math.max(this.steadyMs, timer.at);
      timer.callback();
      await this.settle();
    }
    this.steadyMs = Math.max(this.steadyMs, target);
  }

  /** Looks at the time too: it has passed the target where a callback stalled. */
  private nextBy(target: number): Timer | undefined {
    const next = this.timers.peek();
    return next !== undefined && next.at <= Math.max(target, this.steadyMs) ? next : undefined;
  }

  /** A turn of the real event loop ends only when all promises are through, however nested. */
  private async settle(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      await new Promise((resolve) => nextTurn(resolve));
      if (this.deferred.length === 0) return;
      const callbacks = this.deferred;
      this.deferred = [];
      for (const callback of callbacks) callback();
    }
    throw new Error('Deferred callbacks keep deferring others: time cannot go on.');
  }
}

function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`${String(duration)} is no duration.`);
  return parsed;
}
