import type { FailureSummary } from './failure.js';
import type { SkipReason } from './reason-code.js';
import type { FinishedStatus, RunOrigin, RunStatus } from './run-status.js';

/** Why and since when a worker is off. @publicApi */
export interface Disabled {
  readonly by: 'options' | 'operator' | 'failures';
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A run that has ended; all instants in milliseconds since the epoch. @publicApi */
export interface RunMemory {
  readonly id: string;
  readonly status: RunStatus;
  readonly origin: RunOrigin;
  readonly scheduledAt: number;
  readonly missedCount: number;
  readonly attempts: number;
  readonly startedAt?: number;
  readonly endedAt: number;
  readonly error?: FailureSummary;
  readonly why?: string;
  readonly skipReason?: SkipReason;
}

/** What outlives the process, of one worker; all instants in milliseconds since the epoch. @publicApi */
export interface WorkerMemory {
  readonly worker: string;
  /** Tells whether the schedule has changed since. */
  readonly schedule: string;
  readonly anchorAt?: number;
  readonly claimedThrough?: number;
  readonly consecutiveFailures: number;
  readonly disabled?: Disabled;
  readonly probeAt?: number;
  readonly coolDownMs?: number;
  readonly lastStartAt?: number;
  readonly lastSuccessAt?: number;
  /** When a pipeline step was last called off before it started. */
  readonly calledOffAt?: number;
  readonly lastEndAt?: number;
  readonly lastEndStatus?: FinishedStatus;
  /** Absent also where no history is kept. */
  readonly lastRun?: RunMemory;
  readonly lastError?: FailureSummary;
}
