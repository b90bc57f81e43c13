import type { BackoffOptions } from '../backoff/backoff-options.js';
import type { Duration } from '../duration.js';
import type { JobPriority, JobPriorityName } from '../priority.js';
import type { WorkerExecutionMode } from './execution-mode.js';

/** When a dependency counts as satisfied for a run due at some instant. @publicApi */
export type DependencyCondition = 'succeeded' | 'fresh' | 'finished' | 'idle';

/** One entry of {@link WorkerOptions.dependsOn}. @publicApi */
export interface DependencyOptions {
  readonly worker: string;
  /**
   * - `'succeeded'`: it is not running or backing off, has no waiting run due at or before this one, and its latest
   *   finished run succeeded;
   * - `'fresh'`: as `'succeeded'`, and that success ended after this worker last started;
   * - `'finished'`: as `'succeeded'`, but its latest run may have ended in any way;
   * - `'idle'`: it is not running now.
   *
   * @default 'succeeded'
   */
  readonly condition?: DependencyCondition;
}

/**
 * Everything a worker can be told. Every wrong value is reported at boot (or at the call, for workers registered or
 * updated at run time), all of them in one {@link WorkerDefinitionError}.
 *
 * @publicApi
 */
export interface WorkerOptions {
  /**
   * Stable and unique: 1–128 characters; letters and digits of any language and `_ . - / : @ #`, with single spaces
   * inside, in Unicode normal form C, not beginning with `tag:`.
   *
   * @default `ClassName.methodName`
   */
  readonly name?: string;

  /** For people: shown in status, graph and dashboard. At most 1000 characters. */
  readonly description?: string;

  /** @default inferred: `TRIGGERED` without `interval`, `cron` and `runAfterDependencies` */
  readonly executionMode?: WorkerExecutionMode;

  /** Period of a scheduled worker, at least 1 ms. Excludes `cron`. */
  readonly interval?: Duration;

  /**
   * What `interval` is counted from: the previous due instant (`'fixed-rate'`, never drifts) or the end of the
   * previous run (`'fixed-delay'`).
   *
   * @default 'fixed-rate'
   */
  readonly cadence?: 'fixed-rate' | 'fixed-delay';

  /** Five or six fields (seconds first). Excludes `interval`. A pattern that never fires is an error. */
  readonly cron?: string;

  /** IANA zone of `cron`, for example `'Europe/Vienna'`. @default the module's `timeZone`, else the system's */
  readonly timeZone?: string;

  /** From the start of the orchestrator to the first due instant. @default 0 */
  readonly initialDelay?: Duration;

  /** Whether the start itself is a due instant. @default true for `interval` and `CONTINUOUS`, false otherwise */
  readonly runOnStart?: boolean;

  /** Delays each due instant by a random time up to this; below `interval`. @default 0 */
  readonly jitter?: Duration;

  /**
   * What becomes of a due instant reached while `concurrency` runs have not ended: `'skip'` it, `'queue'` one run, or
   * `'replace'` (cancel the oldest, then run).
   *
   * @default 'skip'
   */
  readonly overlap?: 'skip' | 'queue' | 'replace';

  /**
   * What becomes of due instants missed while nothing could run (process down or paused, event loop stalled, long
   * wait): `'once'` runs once for all of them, `'skip'` not at all, `'all'` once for each, at most `maxPending`. Where a
   * deploy has changed the schedule, those count that the new one has since the last one that was claimed.
   *
   * @default 'once'
   */
  readonly misfire?: 'once' | 'skip' | 'all';

  /** A scheduled run that would start later than this after its due instant is skipped. @default none: late runs run */
  readonly misfireGrace?: Duration;

  /** Most runs that may wait at once; a trigger beyond it is refused with `QueueFullError`. @default 1000 */
  readonly maxPending?: number;

  /** Workers that must have done their part before this one starts. @default [] */
  readonly dependsOn?: readonly (string | DependencyOptions)[] | string;

  /**
   * Pipeline step: due when every dependency has succeeded since this worker last started. Excludes `interval` and
   * `cron`.
   *
   * @default false
   */
  readonly runAfterDependencies?: boolean;

  /**
   * Workers that never run at the same time as this one, in either direction: names, `'tag:x'` for every worker with
   * that tag, `'*'` for every other worker.
   *
   * @default []
   */
  readonly blocks?: readonly string[] | string;

  /** Labels that `blocks` and the dashboard's filter use; the same characters as names. @default [] */
  readonly tags?: readonly string[] | string;

  /** Concurrency groups of the module's `groups` option; one place in each is held while running. @default [] */
  readonly groups?: readonly string[] | string;

  /** As {@link JobPriority} or its name, for example `'HIGH'`. @default JobPriority.NORMAL */
  readonly priority?: JobPriority | JobPriorityName;

  /** Most runs of this worker at the same time, at least 1. @default 1 */
  readonly concurrency?: number;

  /** Longest time of one attempt, after which its signal aborts with `RunTimeoutError`. `false`: none. @default '60s' */
  readonly timeout?: Duration | false;

  /** How long an aborted attempt may take to settle before it is abandoned. @default '5s' */
  readonly abortGrace?: Duration;

  /**
   * Whether an abandoned attempt goes on holding its place and its exclusions until it settles.
   *
   * @default true for a worker with conflicts or groups, false otherwise
   */
  readonly holdOnTimeout?: boolean;

  /** Attempts after the first. @default 3 */
  readonly maxRetries?: number;

  /** Pause between attempts; a duration alone means `fixed`. @default exponential, 1 s to 30 s, with jitter */
  readonly backoff?: Duration | BackoffOptions;

  /** Whether this error is worth another attempt. One that throws counts as `false` and is logged. */
  readonly retryIf?: (error: unknown) => boolean;

  /** Failed runs in a row after which the worker is disabled; 0: never. @default 5 */
  readonly maxConsecutiveFailures?: number;

  /** Cool-down after which an auto-disabled worker is probed with one run. `false`: never. @default false */
  readonly autoEnableAfter?: Duration | false;

  /**
   * A run that waits this long after its due instant makes health `down`, unless something excuses the wait: a pause,
   * the worker being off, its previous run, or a dependency (whose own wait counts instead).
   *
   * @default '5m'
   */
  readonly overdueAfter?: Duration;

  /** `false` starts the worker's life disabled. @default true */
  readonly enabled?: boolean;

  /** `'cluster'`: once for all replicas. `'replica'`: on each. The same in one process. @default 'cluster' */
  readonly scope?: 'cluster' | 'replica';
}
