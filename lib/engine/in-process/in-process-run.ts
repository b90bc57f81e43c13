import type { AcceptedRun } from '../engine.js';
import type { Conductor } from './conductor.js';
import type { RunEnding } from './run-endings.js';

/** A run that this process has accepted. */
export class InProcessRun implements AcceptedRun {
  constructor(
    readonly id: string,
    private readonly ending: RunEnding,
    private readonly conductor: Conductor,
  ) {}

  ended(waiter: string | undefined): Promise<unknown> {
    if (waiter === undefined || this.ending.isSettled) return this.ending.wait();
    const { endings, scheduler } = this.conductor;
    const wait = endings.waitInside(waiter, this.id, this.ending, () => {
      scheduler.stopAwaitingRun(waiter, this.id);
    });
    this.conductor.act((now) => {
      scheduler.awaitRun(waiter, this.id, now);
    });
    return wait;
  }
}
