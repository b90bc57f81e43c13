/** A run that `stop()` found running. @publicApi */
export interface DrainedRun {
  readonly id: string;
  readonly worker: string;
}

/** What became of the runs when the orchestrator stopped. @publicApi */
export interface DrainReport {
  /** Ended by themselves. */
  readonly finished: readonly DrainedRun[];
  /** Were told to abort, and obeyed. */
  readonly aborted: readonly DrainedRun[];
  /** Ignored their abort signal; nothing waits for them any more. */
  readonly abandoned: readonly DrainedRun[];
  /** Waiting runs that were cancelled: triggered ones, and those between two attempts. */
  readonly cancelled: number;
  readonly durationMs: number;
}
