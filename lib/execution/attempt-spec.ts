import type { LoggerService } from '@nestjs/common';
import type { AttemptOutcome } from '../core/attempt-outcome.js';
import type { WorkerDefinition } from '../core/definition/worker-definition.js';
import type { AttemptOrder } from '../core/effect.js';
import type { Alarms } from './alarms.js';
import type { Clock } from './clock.js';
import type { RunContext } from './run-context.js';

/** What the attempt is told. */
export interface AttemptGrant extends AttemptOrder {
  /** Where it was granted to a replica. */
  readonly fencingToken?: number;
}

/** What is called, and for how long. */
export interface AttemptBody {
  readonly definition: Pick<WorkerDefinition, 'timeoutMs' | 'abortGraceMs' | 'retryIf'>;
  readonly call: (run: RunContext) => unknown;
  /** Told how the attempt ended, before anybody else. Must not throw. */
  readonly ended?: (attempt: RunningAttempt, outcome: AttemptOutcome) => void;
}

/** What all attempts of a process have in common: its time, and who is told what becomes of them. */
export interface AttemptSurroundings extends AttemptListener {
  readonly alarms: Alarms;
  readonly clock: Clock;
  /** Asked, when it is first needed, for a logger with worker and run in its context. */
  readonly logger: (attempt: RunningAttempt) => LoggerService;
}

export interface RunningAttempt {
  readonly runId: string;
  readonly worker: string;
  /** 1 for the first attempt of the run. */
  readonly number: number;
  /** How long the body may take to obey its aborted signal before it is given up. */
  readonly abortGraceMs: number;
  /**
   * Ends the attempt with that outcome at once: `ended` is called before this returns, then the
   * signal aborts with the reason. No effect on an attempt that has ended.
   */
  abort(reason: Error, outcome: AttemptOutcome): void;
  /**
   * Gives up an aborted attempt before its grace is over: `abandoned` is called before this returns.
   * No effect on one that was not aborted, has settled, or was abandoned already.
   */
  abandon(): void;
}

/** Is told what becomes of attempts. Its methods must not throw. */
export interface AttemptListener {
  progressed(attempt: RunningAttempt, fraction: number, message: string | undefined): void;
  /**
   * Once for each attempt.
   *
   * @param value the result where it succeeded; otherwise what was thrown, or why it was aborted
   */
  ended(attempt: RunningAttempt, outcome: AttemptOutcome, value: unknown): void;
  /** The body of an attempt that was aborted, and perhaps abandoned, has settled since. */
  settled(attempt: RunningAttempt): void;
  /** The body has not settled within the grace after the abort. It may still settle. */
  abandoned(attempt: RunningAttempt): void;
}
