import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { assertOptions } from './assert-options.js';
import type { OrchestratorEvent } from './core/event.js';
import { describeValue } from './core/definition/problem.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import { EngineUnavailableError } from './core/errors.js';
import type { WorkerGraph } from './core/graph/worker-graph.js';
import type { Explanation } from './core/view/explain.js';
import { viewOptions, type OptionsInForce } from './core/view/options-view.js';
import type { Readiness } from './core/view/readiness.js';
import type { RunFilter, RunView } from './core/view/run-view.js';
import type { OrchestratorStatus } from './core/view/status-view.js';
import type { WorkerView } from './core/view/worker-view.js';
import type { DrainReport } from './engine/drain-report.js';
import { boundedText } from './execution/bounded-text.js';
import type { RunContext } from './execution/run-context.js';
import { Orchestration } from './orchestration.js';
import { assertRunFilter } from './run-filter.js';
import type { RunHandle } from './run-handle.js';
import { CANCELLED_BY_CALL, TriggeredRun } from './triggered-run.js';
import { readTriggerOptions, type TriggerOptions } from './trigger-options.js';

const LONGEST_REASON = 500;

/** @publicApi */
export interface CancelOptions {
  /** Shown in the run's history; at most 500 characters. @default 'it was cancelled by a call' */
  readonly reason?: string;
  /** Frees at once what an attempt holds that ignores its abort signal. @default false */
  readonly abandon?: boolean;
}

/**
 * Controls the workers, and tells about them. Names are those of `@Worker` or {@link registerWorker}; an unknown one
 * rejects with `UnknownWorkerError`.
 *
 * @publicApi
 */
@Injectable()
export class OrchestratorService {
  constructor(private readonly orchestration: Orchestration) {}

  /**
   * Everything that happens, as it happens. What a subscriber throws is logged and hurts nobody else.
   *
   * @example
   * ```ts
   * orchestrator.events.pipe(filter(({ type }) => type === 'worker.disabled')).subscribe(alert);
   * ```
   */
  get events(): Observable<OrchestratorEvent> {
    return this.orchestration.stream.events;
  }

  /**
   * Starts scheduling: where `autoStart` did not, and after {@link stop}. Without effect while running, and where
   * `stop()` is called before it resolves.
   *
   * @throws EngineUnavailableError; it may be called again
   * @throws OrchestratorStoppedError while it is stopping
   */
  async start(): Promise<void> {
    await this.orchestration.start();
  }

  /**
   * Nothing new starts; running attempts get `shutdownTimeout`, then their signals abort, then their `abortGrace`.
   * Never rejects because of a worker, and always ends. Called inside a run, it does not wait for that run. Called again,
   * it resolves to the same report.
   */
  async stop(): Promise<DrainReport> {
    return this.orchestration.stop();
  }

  /** Holds everything: what runs goes on, nothing starts, triggers are accepted and wait. */
  async pause(): Promise<void> {
    await this.orchestration.engine.pauseAll();
  }

  /** Ends {@link pause}; what fell due meanwhile is subject to each worker's `misfire`. */
  async resume(): Promise<void> {
    await this.orchestration.engine.resumeAll();
  }

  /**
   * Makes a function a worker at run time, with the options of `@Worker`.
   *
   * @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError; then nothing is registered
   */
  async registerWorker(
    name: string,
    fn: (run: RunContext) => unknown,
    options: Omit<WorkerOptions, 'name'> = {},
  ): Promise<void> {
    const place = `registerWorker(${describeValue(name)})`;
    await this.orchestration.register({ name, place, options, call: fn });
  }

  /**
   * Cancels the worker's waiting runs and forgets it; a current run goes on to its end. Where there is a store, a worker
   * that is registered under this name later goes on where this one was, unless a thousand others were unregistered
   * since.
   *
   * @throws GraphValidationError where other workers depend on it or block it
   */
  async unregisterWorker(name: string): Promise<void> {
    await this.orchestration.unregister(name);
  }

  /**
   * Changes some of a worker's options; the others stay. They win over its declaration and over the module's
   * `overrides`. A changed interval is counted from the last due instant (a fixed delay from the last
   * end), and is due at once where that is past; a changed cron pattern is counted from now. What was due already stays
   * due. `executionMode: WorkerExecutionMode.TRIGGERED` takes a schedule away. `enabled` is refused: `enableWorker()` and
   * `disableWorker()` say that.
   *
   * @throws WorkerDefinitionError, GraphValidationError; then nothing is changed
   */
  async updateWorker(name: string, options: Omit<WorkerOptions, 'name'>): Promise<void> {
    await this.orchestration.update(name, options);
  }

  /**
   * Accepts a run now; it obeys every gate. Resolves as soon as it is accepted.
   *
   * @throws UnknownWorkerError, WorkerDisabledError, WorkerPausedError, OrchestratorStoppedError, QueueFullError,
   * PayloadError; then nothing is enqueued. EngineUnavailableError, where a store that took it and could not say so may run
   * it yet
   * @example
   * ```ts
   * const run = await orchestrator.triggerWorker('write-report', { payload: { month: '2026-11' } });
   * const path = await run.finished();
   * ```
   */
  async triggerWorker<Result = unknown>(
    name: string,
    options: TriggerOptions = {},
  ): Promise<RunHandle<Result>> {
    const run = await this.orchestration.trigger(name, readTriggerOptions(name, options));
    return new TriggeredRun(name, run, this.orchestration.bootedEngine);
  }

  /** Switches a worker on and forgets its failures. What fell due while it was off is skipped. */
  async enableWorker(name: string): Promise<void> {
    await this.orchestration.bootedEngine.enable(name);
  }

  /**
   * Switches a worker off, durably where there is a store (while stopped: from the next start). A current run goes on;
   * waiting ones wait.
   *
   * @param reason shown wherever one asks why; at most 500 characters
   */
  async disableWorker(name: string, reason = 'disabled by a call'): Promise<void> {
    await this.orchestration.bootedEngine.disable(name, reasonText(reason));
  }

  /** Holds one worker for a while. */
  async pauseWorker(name: string): Promise<void> {
    await this.orchestration.bootedEngine.pause(name);
  }

  /** Ends {@link pauseWorker}; what fell due meanwhile is subject to its `misfire`. */
  async resumeWorker(name: string): Promise<void> {
    await this.orchestration.bootedEngine.resume(name);
  }

  /**
   * Aborts a running attempt, or removes a waiting run.
   *
   * @returns false where the run had ended already
   * @throws UnknownRunError, OptionsError
   */
  async cancelRun(id: string, options: CancelOptions = {}): Promise<boolean> {
    assertOptions('cancelRun()', 'options', options, ['reason', 'abandon']);
    const { reason, abandon = false } = options;
    const why = reasonText(reason ?? CANCELLED_BY_CALL);
    return this.orchestration.engine.cancel(id, { why, abandon });
  }

  /** The whole picture; safe to serialise. */
  async getStatus(): Promise<OrchestratorStatus> {
    return this.orchestration.engine.status();
  }

  /**
   * Whether runs can be accepted and started, without asking anybody: for probes. In a fleet, whoever leads may be missing
   * for a while, as it takes to be replaced.
   */
  getReadiness(): Readiness {
    return this.orchestration.engine.readiness();
  }

  async getWorker(name: string): Promise<WorkerView> {
    return this.orchestration.bootedEngine.worker(name);
  }

  /**
   * What was declared, with the module's defaults, overrides and updates; where the engine cannot be asked, as it was
   * declared here.
   */
  async getOptions(name: string): Promise<OptionsInForce> {
    const engine = this.orchestration.bootedEngine;
    try {
      return viewOptions((await engine.inForce(name)).definition);
    } catch (error) {
      if (error instanceof EngineUnavailableError) return viewOptions(engine.definition(name));
      throw error;
    }
  }

  /**
   * Live runs and those still in history, newest first.
   *
   * @throws OptionsError where the filter is none; UnknownWorkerError
   */
  async getRuns(filter: RunFilter = {}): Promise<RunView[]> {
    assertRunFilter(filter);
    return this.orchestration.engine.runs(filter);
  }

  /** A live run, or one still in history. */
  async getRun(id: string): Promise<RunView | undefined> {
    return this.orchestration.engine.run(id);
  }

  /** Why a worker does not run now, and how it came to run, or not, before. */
  async explain(name: string): Promise<Explanation> {
    return this.orchestration.bootedEngine.explain(name);
  }

  /** Workers, dependencies and conflicts, also as a Mermaid diagram. */
  getGraph(): WorkerGraph {
    return this.orchestration.engine.graph();
  }
}

/** It is kept in history and store, which could not take just anything. */
function reasonText(reason: unknown): string {
  return boundedText(typeof reason === 'string' ? reason : describeValue(reason), LONGEST_REASON);
}
