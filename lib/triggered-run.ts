import { UnknownRunError } from './core/errors.js';
import type { RunStatus } from './core/run-status.js';
import type { AcceptedRun, Engine } from './engine/engine.js';
import { currentRun } from './execution/current-run.js';
import type { RunHandle } from './run-handle.js';

/** The handle of a run that an engine has accepted. */
export class TriggeredRun<Result> implements RunHandle<Result> {
  readonly #run: AcceptedRun;
  readonly #engine: Engine;

  constructor(
    readonly worker: string,
    run: AcceptedRun,
    engine: Engine,
  ) {
    this.#run = run;
    this.#engine = engine;
  }

  get id(): string {
    return this.#run.id;
  }

  async status(): Promise<RunStatus> {
    const run = await this.#engine.run(this.id);
    if (run === undefined) throw new UnknownRunError(this.id);
    return run.status;
  }

  finished(): Promise<Result> {
    return this.#run.ended(currentRun()?.runId) as Promise<Result>;
  }

  async cancel(): Promise<boolean> {
    try {
      return await this.#engine.cancel(this.id, { why: CANCELLED_BY_CALL, abandon: false });
    } catch (error) {
      // It was accepted: it has ended and left the history.
      if (error instanceof UnknownRunError) return false;
      throw error;
    }
  }
}

export const CANCELLED_BY_CALL = 'it was cancelled by a call';
