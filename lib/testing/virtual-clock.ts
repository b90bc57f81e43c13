import { setImmediate as nextTurn } from 'node:timers';
import { Heap } from '../core/heap.js';
import { parseDuration, type Duration } from '../core/duration.js';
import type { Clock } from '../execution/clock.js';
import { currentRun } from '../index.js';
import { seededRandom, shuffled } from './seeded-random.js';

const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** At one instant. */
const MOST_TURNS = 10_000;

interface Timer {
  readonly at: number;
  /** Decides between timers of one instant. */
  readonly rank: number;
  readonly order: number;
  readonly callback: () => void;
  heapIndex: number;
}

/** @publicApi */
export interface VirtualClockOptions {
  /** The first instant, of the steady and the wall clock. @default '2026-01-01T00:00:00Z' */
  readonly start?: Date | string | number;
  /** Permutes what happens at the same instant. @default none: first come, first served */
  readonly seed?: number;
}

/**
 * A {@link Clock} whose time passes when the test says so.
 *
 * It replaces no global. `setTimeout` and `Date.now()` of the code under test keep real time, whose passing it does not
 * await: let stand-ins {@link wait} on this clock. It gets along with the fake timers of vitest and jest, which do not
 * move it: it yields to promises by the real `setImmediate` of `node:timers`, which they do not replace.
 *
 * With a seed, timers of the same instant fire, and callbacks deferred in the same turn are called, in an order that the
 * seed decides. Nothing else is permuted.
 *
 * @example
 * ```ts
 * await clock.advance('3h');
 * ```
 * @publicApi
 */
export class VirtualClock implements Clock {
  /** When its time began. */
  readonly startedAt: Date;
  readonly seed: number | undefined;
  private readonly random: (() => number) | undefined;
  private readonly timers = new Heap<Timer>(precedes);
  private deferred: (() => void)[] = [];
  private steadyMs: number;
  private offsetMs = 0;
  private lastOrder = 0;
  /** With the run in whose body each was begun. */
  private readonly waits = new Map<Timer, string | undefined>();
  private isAdvancing = false;
  /** Called when time stands still again. @internal */
  onRest: (() => Promise<void>) | undefined;
  /** Asked at each turn, so as to throw where what happens at one instant has no end. @internal */
  onTurn: (() => void) | undefined;
  /** Who lets time pass, one after the other. */
  private passing: Promise<unknown> = Promise.resolve();

  /** @throws RangeError where `start` is no instant */
  constructor(options: VirtualClockOptions | Date | string | number = {}) {
    const isOptions = typeof options === 'object' && !(options instanceof Date);
    const { start = '2026-01-01T00:00:00Z', seed } = isOptions
      ? options
      : { start: options, seed: undefined };
    this.startedAt = new Date(start);
    this.steadyMs = this.startedAt.getTime();
    if (Number.isNaN(this.steadyMs)) throw new RangeError(`${String(start)} is no instant.`);
    this.seed = seed;
    this.random = seed === undefined ? undefined : seededRandom(seed);
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.timers.size;
  }

  /** Whether any {@link wait} goes on. @internal */
  get isWaitedOn(): boolean {
    return this.waits.size > 0;
  }

  /** Whether the body of the run waits; what was begun outside of all runs, it may wait for too. @internal */
  isWaitedOnBy(runId: string): boolean {
    const waiters = new Set(this.waits.values());
    return waiters.has(runId) || waiters.has(undefined);
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
    return this.arm(callback, delayMs);
  }

  clearTimer(timer: unknown): void {
    this.timers.remove(timer as Timer);
  }

  defer(callback: () => void): void {
    this.deferred.push(callback);
  }

  /**
   * Resolves once that much time has passed: what a worker's stand-ins take their time with.
   *
   * @throws the signal's reason, as soon as it aborts
   * @example
   * ```ts
   * .overrideProvider(Mailer).useValue({ send: () => clock.wait('2s') })
   * ```
   */
  wait(duration: Duration, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const over = (): void => {
        this.waits.delete(timer);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        over();
        this.clearTimer(timer);
        reject(signal?.reason as Error);
      };
      const timer = this.arm(() => {
        over();
        resolve();
      }, milliseconds(duration));
      this.waits.set(timer, currentRun()?.runId);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Bodies that were given up wait on: nothing will come of that. @internal */
  forsakeWaits(): void {
    for (const timer of this.waits.keys()) this.clearTimer(timer);
    this.waits.clear();
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
      await this.alone(() => this.advanceTo(this.steadyMs + milliseconds(duration)));
      await this.onRest?.();
    } finally {
      this.isAdvancing = false;
    }
  }

  /**
   * Lets time pass, from timer to timer, until the promise has settled. Before each step it asks whether time may pass,
   * or the event loop is to turn once more; what that rejects with ends it all.
   *
   * @internal
   */
  async advanceUntil(settled: Promise<unknown>, mayPass: () => Promise<boolean>): Promise<void> {
    let isOver = false;
    const end = (): void => void (isOver = true);
    settled.then(end, end);
    for (;;) {
      await this.alone(() => this.settle());
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set while it settled
      if (isOver) break;
      if (!(await mayPass())) continue;
      await this.alone(() => this.advanceTo(this.timers.peek()?.at ?? this.steadyMs));
    }
    await this.onRest?.();
  }

  /** The event loop is blocked: time passes, and what was due fires late, at the next advance. */
  stall(duration: Duration): void {
    this.steadyMs += milliseconds(duration);
  }

  /** Somebody sets the wall clock; steady time goes on. */
  jumpWall(byMs: number): void {
    this.offsetMs += byMs;
  }

  private arm(callback: () => void, delayMs: number): Timer {
    const timer: Timer = {
      at: this.steadyMs + Math.max(1, Math.trunc(delayMs)),
      rank: this.random?.() ?? 0,
      order: ++this.lastOrder,
      callback,
      heapIndex: -1,
    };
    this.timers.push(timer);
    return timer;
  }

  private async alone(pass: () => Promise<void>): Promise<void> {
    const before = this.passing;
    const own = before.then(pass);
    this.passing = own.catch(() => undefined);
    await own;
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
      this.onTurn?.();
      if (this.deferred.length === 0) return;
      const callbacks = this.deferred;
      this.deferred = [];
      const inOrder = this.random === undefined ? callbacks : shuffled(callbacks, this.random);
      for (const callback of inOrder) callback();
    }
    throw new Error('Time cannot go on: callbacks defer each other for ever.');
  }
}

function precedes(a: Timer, b: Timer): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}

/** @throws RangeError */
export function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`${String(duration)} is no duration.`);
  return parsed;
}
