import type { FinishedStatus } from './run-status.js';

/** Why and since when a worker is off. @publicApi */
export interface Disabled {
  readonly by: 'options' | 'operator' | 'failures';
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
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
}
