import type { LoggerService } from '@nestjs/common';
import type { Duration } from '../core/duration.js';

/** What a worker method is told about the run it executes. @publicApi */
export interface RunContext<Payload = unknown> {
  readonly runId: string;
  /** The worker's name. */
  readonly worker: string;
  /** 1 for the first attempt of the run. */
  readonly attempt: number;
  /** What the trigger gave, to each attempt its own copy; `undefined` for scheduled runs. */
  readonly payload: Payload;
  /** The due instant; the first of them where the run stands for several. */
  readonly scheduledAt: Date;
  /** How many further due instants this run stands for. */
  readonly missedCount: number;
  /** End of the worker's latest successful run. */
  readonly lastSuccessAt: Date | undefined;
  /**
   * Aborts on timeout, cancellation, shutdown and a lost lease, with the error that says which. What a listener of it
   * throws is logged; what a listener of a signal derived from it (`AbortSignal.any`) throws is out of our reach.
   */
  readonly signal: AbortSignal;
  /** Writes with the worker and the run in its context. */
  readonly logger: LoggerService;
  /**
   * Reports progress.
   *
   * @param fraction 0 to 1; values outside are clamped
   */
  progress(fraction: number, message?: string): void;
  /**
   * Grants the attempt this much time from now, instead of what is left of its timeout.
   *
   * @throws TypeError when not a positive duration
   */
  extendTimeout(duration: Duration): void;
  /** Rises with each grant of the run to a replica; `undefined` in one process. */
  readonly fencingToken: number | undefined;
}
