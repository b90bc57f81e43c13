import type { Backoff } from '../backoff/backoff.js';
import type { JobPriority } from '../priority.js';
import type { Schedule } from '../schedule/schedule.js';
import type { DependencyCondition } from './worker-options.js';

export interface Dependency {
  readonly worker: string;
  readonly condition: DependencyCondition;
}

/** A worker's options after defaults, overrides and validation: what the scheduler works with. */
export interface WorkerDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly schedule: Schedule;
  readonly overlap: 'skip' | 'queue' | 'replace';
  readonly misfire: 'once' | 'skip' | 'all';
  readonly misfireGraceMs: number | undefined;
  readonly maxPending: number;
  readonly dependsOn: readonly Dependency[];
  /** Names, `tag:x` and `*`, as declared. */
  readonly blocks: readonly string[];
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  readonly priority: JobPriority;
  readonly concurrency: number;
  readonly timeoutMs: number | undefined;
  readonly abortGraceMs: number;
  /** `undefined` leaves it to whether the worker has conflicts or groups. */
  readonly holdOnTimeout: boolean | undefined;
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  readonly maxConsecutiveFailures: number;
  readonly autoEnableAfterMs: number | undefined;
  readonly overdueAfterMs: number;
  readonly enabled: boolean;
  readonly scope: 'cluster' | 'replica';
}
