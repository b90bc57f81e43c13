import type { JobPriority } from './priority.js';
import type { RunOrigin } from './run-status.js';

/** A live run, as another process takes it over; all instants in milliseconds since the epoch. */
export interface RunImage {
  readonly id: string;
  readonly worker: string;
  readonly origin: RunOrigin;
  readonly payload?: unknown;
  readonly dedupeKey?: string;
  readonly traceparent?: string;
  readonly priority: JobPriority;
  readonly scheduledAt: number;
  readonly dueAt: number;
  /** The last due instant that it stands for. */
  readonly lastInstant?: number;
  /** When that fell due, with its jitter, where it was not the first. */
  readonly lastDueAt?: number;
  readonly missedCount: number;
  /** The one that is running included. */
  readonly attempts: number;
  readonly startedAt?: number;
  /** By it, its worker is tried again that its failures have switched off. */
  readonly isProbe?: true;
  /** The end of its backoff. */
  readonly retryAt?: number;
}

/** Where a run stands that is taken over. */
export type RunPosition = 'running' | 'waiting' | 'backing-off';
