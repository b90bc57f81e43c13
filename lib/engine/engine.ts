import type { LoggerService } from '@nestjs/common';
import type { WorkerDefinition } from '../core/definition/worker-definition.js';
import type { WorkerOptions } from '../core/definition/worker-options.js';
import type { OrchestratorEvent } from '../core/event.js';
import type { WorkerGraph } from '../core/graph/worker-graph.js';
import type { TriggerRequest } from '../core/life-cycle/trigger-run.js';
import type { Explanation } from '../core/view/explain.js';
import type { Readiness } from '../core/view/readiness.js';
import type { RunFilter, RunView } from '../core/view/run-view.js';
import type { ReplicaRole } from '../core/view/fleet-view.js';
import type { OrchestratorStatus } from '../core/view/status-view.js';
import type { WorkerView } from '../core/view/worker-view.js';
import type { AttemptBody } from '../execution/attempt-spec.js';
import type { Clock } from '../execution/clock.js';
import type { RunContext } from '../execution/run-context.js';
import type { DrainReport } from './drain-report.js';

/** A worker as an engine takes it: what was decided about it, and what to call. */
export interface EngineWorker extends AttemptBody {
  readonly definition: WorkerDefinition;
  /** @param traceparent the trace context of the run, where another replica has decided about it */
  readonly call: (run: RunContext, traceparent?: string) => unknown;
}

/** What the application's side gives an engine. */
export interface EngineHost {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly logger: LoggerService;
  /** From 0 to 1: the only source of chance. @default Math.random */
  readonly random?: () => number;
  /**
   * Must not throw.
   *
   * @param isHeard another replica has decided it, and tells its own application so
   */
  readonly onEvent: (event: OrchestratorEvent, isHeard?: boolean) => void;
  /** W3C trace context of a run that was decided about here; `undefined` where it is not traced. Must not throw. */
  readonly traceparentOf?: (runId: string) => string | undefined;
  /** From now on the run is decided about here. Must not throw. */
  readonly onTakeOver?: (run: RunTakenOver) => void;
}

/** A run that was decided about elsewhere until now. */
export interface RunTakenOver {
  readonly worker: string;
  readonly runId: string;
  /** W3C trace contexts: of the run as it was traced until now, and of what has triggered it, as far as they are known. */
  readonly traceparents: readonly string[];
}

export interface EngineSettings {
  readonly maxConcurrentWorkers: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly agingStepMs: number;
  readonly history: number;
  /** 0: wake-ups are exact. */
  readonly tickIntervalMs: number;
  readonly shutdownTimeoutMs: number;
  /** Of no meaning in one process. @default 'all' */
  readonly role?: ReplicaRole;
}

/** What a start lets run. */
export type StartReach = 'everything' | 'triggers';

/**
 * Coordinates and executes runs. All engines keep the same promises, those of the core; they differ in where the state
 * lives and how many processes share the work.
 *
 * Names and ids that nobody knows reject with `UnknownWorkerError` and `UnknownRunError`.
 */
export interface Engine {
  /** All of them, or none; at any time. */
  define(workers: readonly EngineWorker[]): Promise<void>;
  /** @param updates all that calls have changed of its options until now, for whoever changes them next */
  redefine(worker: EngineWorker, updates?: WorkerOptions): Promise<void>;
  remove(name: string): Promise<void>;

  /** Accepts triggers from now on. */
  prepare(): void;
  /**
   * @param reach for `'triggers'`, nothing falls due by schedule until it is called for `'everything'`
   * @returns the workers that are still disabled since before, none where it was started already; `undefined` where the
   * status tells that later
   */
  start(reach?: StartReach): Promise<readonly WorkerView[] | undefined>;
  /**
   * Lets runs end, then aborts them, then gives them up: within its own deadline, whatever they do.
   *
   * @param callerRunId the run inside which it is called, which is not waited for
   */
  stop(callerRunId?: string): Promise<DrainReport>;
  pauseAll(): Promise<void>;
  resumeAll(): Promise<void>;

  enable(name: string): Promise<void>;
  disable(name: string, reason: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;

  /** @returns the accepted run */
  trigger(name: string, request: TriggerRequest): Promise<AcceptedRun>;
  /** @returns false where it had ended already */
  cancel(
    runId: string,
    options: { readonly why: string; readonly abandon: boolean },
  ): Promise<boolean>;

  status(): Promise<OrchestratorStatus>;
  /** As far as this process knows, without asking anybody. */
  readiness(): Readiness;
  worker(name: string): Promise<WorkerView>;
  explain(name: string): Promise<Explanation>;
  run(id: string): Promise<RunView | undefined>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<RunView[]>;
  /** When it will next look at what is due, if nothing else happens before. */
  nextWakeAt(): Date | undefined;
  graph(): WorkerGraph;
  /** As it was defined here. */
  definition(name: string): WorkerDefinition;
  /** As it holds, whoever defined it. Rejects with `EngineUnavailableError` where nobody can say. */
  inForce(name: string): Promise<WorkerInForce>;
}

/** A worker as it holds, on whichever replica it was defined. */
export interface WorkerInForce {
  readonly definition: WorkerDefinition;
  /** Those of the latest {@link Engine.redefine}; absent where the engine leaves them to its one application. */
  readonly updates?: WorkerOptions;
}

export interface AcceptedRun {
  readonly id: string;
  /**
   * The run's result, or its error; nobody has to listen.
   *
   * @param waiter the run inside which is waited
   */
  ended(waiter: string | undefined): Promise<unknown>;
}

/** Makes an engine for one application. @publicApi */
export type EngineFactory = (host: EngineHost) => Engine;
