import type { RunStatus } from './core/run-status.js';

/** An accepted run, in the hands of who triggered it. @publicApi */
export interface RunHandle<Result = unknown> {
  readonly id: string;
  readonly worker: string;
  /**
   * Where the run stands.
   *
   * @throws UnknownRunError once it has left the history
   */
  status(): Promise<RunStatus>;
  /**
   * Resolves to what the worker returned. Awaiting it is optional: a failure that nobody awaits is no unhandled
   * rejection.
   *
   * Rejects with the error that the worker threw (`RunFailedError` where that was no `Error`), or with `RunTimeoutError`,
   * `RunCancelledError`, `RunSkippedError` or, called inside a run that stands in the way, `DeadlockError`; with many
   * replicas also with `LeaseLostError` or `EngineUnavailableError`, and the worker's error is a copy: name, message, code
   * and stack.
   */
  finished(): Promise<Result>;
  /** @returns false where the run had ended already */
  cancel(): Promise<boolean>;
}
