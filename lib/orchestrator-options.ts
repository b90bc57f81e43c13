import type { Duration } from './core/duration.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import type { ReplicaRole } from './core/view/fleet-view.js';
import type { EngineFactory } from './engine/engine.js';
import type { Clock } from './execution/clock.js';

/**
 * Options of {@link OrchestratorModule}. Wrong ones are reported at boot, together with everything that is wrong with
 * the workers.
 *
 * @publicApi
 */
export interface OrchestratorOptions {
  /** Most attempts that run at the same time, of all workers together. @default 5 */
  readonly maxConcurrentWorkers?: number;

  /** Limits of the concurrency groups that workers may be in, for example `{ db: 2 }`. @default {} */
  readonly groups?: Readonly<Record<string, number>>;

  /**
   * Options of every worker that does not say otherwise. Whatever says when a worker is due (`interval`, `cron`, …)
   * replaces all that the defaults say about it, but for the `cadence` of an interval and the `timeZone` of a cron;
   * likewise for `overrides` and `updateWorker()`. @default {}
   */
  readonly defaults?: Omit<WorkerOptions, 'name'>;

  /** Options by worker name, from configuration: they win over the decorator. @default {} */
  readonly overrides?: Readonly<Record<string, Omit<WorkerOptions, 'name'>>>;

  /** Who coordinates and executes. @default inProcess() */
  readonly engine?: EngineFactory;

  /**
   * What this replica does, with an engine of many: decide and execute, only one of them, or neither
   * (`'client'`: it triggers, controls and asks). @default 'all'
   */
  readonly role?: ReplicaRole;

  /**
   * Whether to start as soon as the application has. For `'triggers'`, triggered runs start, but nothing falls due by
   * schedule; otherwise nothing starts. `OrchestratorService.start()` starts the rest. @default true
   */
  readonly autoStart?: boolean | 'triggers';

  /** How long runs may go on after the shutdown began, before their signals abort. @default '30s' */
  readonly shutdownTimeout?: Duration;

  /** A waiting run gains one level of priority for each of these. @default '30s' */
  readonly agingStep?: Duration;

  /** IANA zone of cron patterns that name none. @default the system's */
  readonly timeZone?: string;

  /** Ended runs kept for each worker. @default 50 */
  readonly history?: number;

  /** Wake-ups fall on multiples of this; 0: exact. @default 0 */
  readonly tickInterval?: Duration;

  /** Whether warnings about the workers' graph keep the application from booting. @default false */
  readonly strict?: boolean;

  /** Where time comes from, for tests. @default the system's clock */
  readonly clock?: Clock;

  /** Where chance comes from (jitter), for tests: from 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Implemented by the class that `forRootAsync({ useClass })` or `useExisting` names. @publicApi */
export interface OrchestratorOptionsFactory {
  createOrchestratorOptions(): OrchestratorOptions | Promise<OrchestratorOptions>;
}
