import type { AcceptedRun, RunContext } from '../index.js';
import type { Timeline } from './timeline.js';
import type { VirtualClock } from './virtual-clock.js';

/** Knows which bodies await something real, which takes no virtual time: neither the clock, nor the end of a run. */
export class RealWork {
  /** Whose end the test awaits. */
  readonly inHand = new Set<string>();
  private readonly bodies = new Set<RunContext>();
  /** By the run whose body awaits them. */
  private readonly awaited = new Map<string, Set<string>>();

  constructor(
    private readonly timeline: Timeline,
    private readonly clock: VirtualClock,
  ) {}

  /** The body goes on until then, though its attempt may be over because its time is. */
  attend(run: RunContext, body: Promise<unknown>): void {
    this.bodies.add(run);
    const end = (): void => void this.bodies.delete(run);
    body.then(end, end);
  }

  /** Whether a body of the worker's awaits something real, in time or not. */
  occupies(worker: string): boolean {
    return [...this.bodies].some((run) => run.worker === worker && this.awaitsNeither(run.runId));
  }

  /** The run with its ends overheard: who awaits them inside of a run. */
  overhear(run: AcceptedRun): AcceptedRun {
    return {
      id: run.id,
      ended: (waiter) => {
        const ended = run.ended(waiter);
        if (waiter !== undefined) this.note(waiter, run.id, ended);
        return ended;
      },
    };
  }

  /** The runs in hand, and those whose ends they await, directly or not. */
  needed(): ReadonlySet<string> {
    const needed = new Set(this.inHand);
    // What is added meanwhile comes up too.
    for (const runId of needed)
      for (const other of this.awaited.get(runId) ?? []) needed.add(other);
    return needed;
  }

  isDoneBy(runId: string): boolean {
    return this.timeline.isRunning(runId) && this.awaitsNeither(runId);
  }

  private awaitsNeither(runId: string): boolean {
    return !this.clock.isWaitedOnBy(runId) && !this.awaited.has(runId);
  }

  private note(waiter: string, runId: string, ended: Promise<unknown>): void {
    const runs = this.awaited.get(waiter) ?? new Set();
    this.awaited.set(waiter, runs.add(runId));
    const forget = (): void => {
      runs.delete(runId);
      if (runs.size === 0) this.awaited.delete(waiter);
    };
    ended.then(forget, forget);
  }
}
