import type { DefinitionProblem } from '../core/definition/problem.js';
import type { WorkerOptions } from '../core/definition/worker-options.js';
import type { OrchestratorEvent, OrchestratorEventType } from '../core/event.js';
import type { RunContext } from '../execution/run-context.js';

/** A worker method that was found, ready to be defined and called. */
export interface DiscoveredWorker {
  /** As the options say, else `ClassName.methodName`; not validated, and not unique. */
  readonly name: string;
  /** `ClassName.methodName`, with more where that would not tell two of them apart. */
  readonly place: string;
  readonly options: WorkerOptions;
  /** One attempt. What it returns, or rejects with, is the method's own; it may be a promise of an Observable. */
  readonly call: (run: RunContext) => unknown;
  /** The instance whose method it is; `undefined` where each attempt gets its own. */
  readonly host: object | undefined;
}

/** One `@OnWorkerEvent` of a method that was found. */
export interface DiscoveredEventHandler {
  readonly place: string;
  readonly types: readonly OrchestratorEventType[];
  /** The only worker whose events it wants; `undefined`: of all. */
  readonly worker: string | undefined;
  readonly call: (event: OrchestratorEvent) => unknown;
}

export interface Discovery {
  readonly workers: readonly DiscoveredWorker[];
  readonly eventHandlers: readonly DiscoveredEventHandler[];
  readonly problems: readonly DefinitionProblem[];
}
