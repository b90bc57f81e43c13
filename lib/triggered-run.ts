import { UnknownRunError } from './core/errors.js';
import type { RunStatus } from './core/run-status.js';
import type { AcceptedRun, Engine } from './engine/engine.js';
import { currentRun } from './execution/current-run.js';
import type { RunHandle } from './run-handle.js';

/**
 * The handle of a run that an engine has accepted.
 *
 * Made for each trigger, so its methods are made when asked for; they work when taken off it
 * (`const { finished } = run`).
 */
export class TriggeredRun<Result> implements RunHandle<Result> {
  readonly id: string;
  readonly #run: AcceptedRun;
  readonly #engine: Engine;

  constructor(
    readonly worker: string,
    run: AcceptedRun,
    engine: Engine,
  ) {
    this.id = run.id;
    this.#run = run;
    this.#engine = engine;
  }

  get status(): () => Promise<RunStatus> {
    return async () => {
      const run = await this.#engine.run(this.id);
      if (run === undefined) throw new UnknownRunError(this.id);
      return run.status;
    };
  }

  get finished(): () => Promise<Result> {
    return () => {
      const ended = this.#run.ended(currentRun()?.runId);
      // Awaiting is optional: a failure that nobody waits for is no unhandled rejection.
      ended.catch(() => undefined);
      return ended as Promise<Result>;
    };
  }

  get cancel(): () => Promise<boolean> {
    return async () => {
      try {
        return await this.#engine.cancel(this.id, { why: CANCELLED_BY_CALL, abandon: false });
      } catch (error) {
        // It was accepted: it has ended and left the history.
        if (error instanceof UnknownRunError) return false;
        throw error;
      }
    };
  }
}

export const CANCELLED_BY_CALL = 'it was cancelled by a call';
