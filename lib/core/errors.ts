import { describeProblem, describeValue, type DefinitionProblem } from './definition/problem.js';

/** What all errors of this package extend; `code` is stable, messages may improve. @publicApi */
export abstract class OrchestratorError extends Error {
  abstract readonly code: string;

  override get name(): string {
    return this.constructor.name;
  }
}

function listed(headline: string, problems: readonly string[]): string {
  return [headline, ...problems.map((problem) => `  - ${problem}`)].join('\n');
}

/** Options that cannot be: every problem of every worker at once. @publicApi */
export class WorkerDefinitionError extends OrchestratorError {
  readonly code = 'WORKER_DEFINITION';
  constructor(
    readonly problems: readonly DefinitionProblem[],
    /** What is wrong with the graph besides. */
    readonly graphProblems: readonly string[] = [],
  ) {
    super(
      listed('Workers are declared wrongly:', [...problems.map(describeProblem), ...graphProblems]),
    );
  }
}

/** What a call was given besides workers cannot be: its options, a filter, an engine. @publicApi */
export class OptionsError extends OrchestratorError {
  readonly code = 'OPTIONS';
  constructor(
    /** The call, for example `getRuns()`. */
    readonly place: string,
    readonly option: string,
    value: unknown,
    remedy: string,
  ) {
    super(describeProblem({ place, option, value: describeValue(value), remedy }));
  }
}

/** Unknown names, self-references and cycles in `dependsOn`, `blocks` and `groups`: all of them at once. @publicApi */
export class GraphValidationError extends OrchestratorError {
  readonly code = 'GRAPH_VALIDATION';
  constructor(readonly problems: readonly string[]) {
    super(listed('The workers do not fit together:', problems));
  }
}

/** Two workers with one name. @publicApi */
export class DuplicateWorkerError extends OrchestratorError {
  readonly code = 'DUPLICATE_WORKER';
  constructor(
    readonly worker: string,
    readonly places: readonly string[],
  ) {
    super(
      `Worker "${worker}" is declared more than once: ${places.join(' and ')}. ` +
        'Give each its own name.',
    );
  }
}

/** `OrchestratorModule.forRoot` imported a second time. @publicApi */
export class DuplicateModuleError extends OrchestratorError {
  readonly code = 'DUPLICATE_MODULE';
  constructor() {
    super(
      'OrchestratorModule.forRoot() is imported more than once. Import it in the root module only; ' +
        'OrchestratorService is available everywhere. ' +
        'A test of an application that imports it takes OrchestratorTestingModule.override() instead of forRoot().',
    );
  }
}

/** No worker of that name. @publicApi */
export class UnknownWorkerError extends OrchestratorError {
  readonly code = 'UNKNOWN_WORKER';
  constructor(
    readonly worker: string,
    nearest?: string,
  ) {
    super(
      `There is no worker ${describeValue(worker)}.` +
        (nearest !== undefined ? ` Did you mean "${nearest}"?` : ''),
    );
  }
}

/** No run of that id is waiting, running or in history. @publicApi */
export class UnknownRunError extends OrchestratorError {
  readonly code = 'UNKNOWN_RUN';
  constructor(readonly runId: string) {
    super(`There is no run ${describeValue(runId)}, or it has left the history.`);
  }
}

/** The worker is off, by hand or after too many failures. @publicApi */
export class WorkerDisabledError extends OrchestratorError {
  readonly code = 'WORKER_DISABLED';
  constructor(
    readonly worker: string,
    readonly reason: string,
  ) {
    super(`Worker "${worker}" is disabled: ${reason}. Call enableWorker("${worker}") first.`);
  }
}

/** The worker is held by an operator. @publicApi */
export class WorkerPausedError extends OrchestratorError {
  readonly code = 'WORKER_PAUSED';
  constructor(readonly worker: string) {
    super(`Worker "${worker}" is paused. Call resumeWorker("${worker}") first.`);
  }
}

/** The orchestrator is stopped, draining or not booted yet, and accepts nothing. @publicApi */
export class OrchestratorStoppedError extends OrchestratorError {
  readonly code = 'ORCHESTRATOR_STOPPED';
  constructor(readonly state: string) {
    super(
      `The orchestrator is ${state} and accepts no runs.` +
        (state === 'starting' ? ' It does after await app.init() or app.listen().' : ''),
    );
  }
}

/** `maxPending` runs of the worker are waiting already. @publicApi */
export class QueueFullError extends OrchestratorError {
  readonly code = 'QUEUE_FULL';
  constructor(
    readonly worker: string,
    readonly maxPending: number,
  ) {
    super(
      `Worker "${worker}" has ${String(maxPending)} waiting runs, its maxPending. ` +
        'Trigger it later, or raise maxPending.',
    );
  }
}

/** A payload that cannot be serialised, or trigger options that make no sense. @publicApi */
export class PayloadError extends OrchestratorError {
  readonly code = 'PAYLOAD';
  constructor(
    readonly worker: string,
    problem: string,
  ) {
    super(`Worker "${worker}" cannot be triggered so: ${problem}.`);
  }
}

/** An attempt ran longer than its `timeout`; also the reason of its aborted signal. @publicApi */
export class RunTimeoutError extends OrchestratorError {
  readonly code = 'RUN_TIMEOUT';
  constructor(
    readonly worker: string,
    readonly runId: string,
    readonly timeoutMs: number,
  ) {
    super(`Run ${runId} of worker "${worker}" exceeded its timeout of ${String(timeoutMs)} ms.`);
  }
}

/** The run was cancelled, replaced or removed before it ended; also the reason of its aborted signal. @publicApi */
export class RunCancelledError extends OrchestratorError {
  readonly code = 'RUN_CANCELLED';
  constructor(
    readonly worker: string,
    readonly runId: string,
    readonly reason: string,
  ) {
    super(`Run ${runId} of worker "${worker}" was cancelled: ${reason}.`);
  }
}

/** The run ended without doing its work, because the worker or a policy skipped it. @publicApi */
export class RunSkippedError extends OrchestratorError {
  readonly code = 'RUN_SKIPPED';
  constructor(
    readonly worker: string,
    readonly runId: string,
    readonly reason: string,
  ) {
    super(`Run ${runId} of worker "${worker}" was skipped: ${reason}.`);
  }
}

/** What `finished()` rejects with where the worker threw something that is not an `Error`. @publicApi */
export class RunFailedError extends OrchestratorError {
  readonly code = 'RUN_FAILED';
  constructor(
    readonly worker: string,
    readonly runId: string,
    problem: string,
    /** What was thrown. */
    override readonly cause?: unknown,
  ) {
    super(`Run ${runId} of worker "${worker}" failed: ${problem}`);
  }
}

/** The replica that executed the run lost its lease on it. @publicApi */
export class LeaseLostError extends OrchestratorError {
  readonly code = 'LEASE_LOST';
  constructor(
    readonly worker: string,
    readonly runId: string,
  ) {
    super(`Run ${runId} of worker "${worker}" lost its lease; another replica may have taken it.`);
  }
}

/** Waiting for a run that cannot start before the waiting one ends. @publicApi */
export class DeadlockError extends OrchestratorError {
  readonly code = 'DEADLOCK';
  constructor(
    /** Who waits for whom, the waiting run first. */
    readonly chain: readonly string[],
  ) {
    super(
      `Waiting would never end: ${chain.join(' → ')}. Trigger the run without awaiting finished().`,
    );
  }
}

/** The engine, or its store, cannot be reached. @publicApi */
export class EngineUnavailableError extends OrchestratorError {
  readonly code = 'ENGINE_UNAVAILABLE';
  constructor(problem: string, cause?: unknown) {
    super(`The engine is unavailable: ${problem}.`, { cause });
  }
}

/** Thrown by a worker: this failure is final, whatever `maxRetries` says. @publicApi */
export class NonRetryableError extends OrchestratorError {
  readonly code = 'NON_RETRYABLE';
}

/** Thrown by a worker: try again after the delay that it names, while attempts are left. @publicApi */
export class RetryAfterError extends OrchestratorError {
  readonly code = 'RETRY_AFTER';
  constructor(
    readonly delay: number | string,
    message = `Try again after ${String(delay)}.`,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown by a worker: there is nothing to do; the run ends as skipped, which is no failure. @publicApi */
export class SkipRunError extends OrchestratorError {
  readonly code = 'SKIP_RUN';
  constructor(message = 'the worker had nothing to do') {
    super(message);
  }
}
