export { Worker, OrchestratedWorker, type WorkerMethodDecorator } from './worker.decorator.js';
export * from './on-worker-event.decorator.js';

export type { OrchestratorContextType } from './discovery/enhancers.js';
export { OrchestratorModule } from './orchestrator.module.js';
export {
  ORCHESTRATOR_OPTIONS,
  type OrchestratorAsyncOptions,
} from './orchestrator.module-definition.js';
export type { OrchestratorOptions, OrchestratorOptionsFactory } from './orchestrator-options.js';
export { OrchestratorService, type CancelOptions } from './orchestrator.service.js';
export type { RunHandle } from './run-handle.js';
export type { TriggerOptions } from './trigger-options.js';

export type { BackoffOptions } from './core/backoff/backoff-options.js';
export { WorkerExecutionMode } from './core/definition/execution-mode.js';
export type { DefinitionProblem } from './core/definition/problem.js';
export type {
  DependencyCondition,
  DependencyOptions,
  WorkerOptions,
} from './core/definition/worker-options.js';
export type { Duration } from './core/duration.js';
export * from './core/errors.js';
export type * from './core/event.js';
export type { Failure, FailureSummary } from './core/failure.js';
export { WorkerGraph, type GraphEdge, type GraphNode } from './core/graph/worker-graph.js';
export { JobPriority, type JobPriorityName } from './core/priority.js';
export type { HoldReason, SkipReason } from './core/reason-code.js';
export type { RunOrigin, RunStatus } from './core/run-status.js';
export type { OrchestratorPhase } from './core/state/scheduler-state.js';
export type { Explanation, SkipView } from './core/view/explain.js';
export type { OptionsInForce, ScheduleInForce } from './core/view/options-view.js';
export type { RunFilter, RunView, RunWait } from './core/view/run-view.js';
export type { Readiness } from './core/view/readiness.js';
export type { FleetView, ReplicaRole, ReplicaView } from './core/view/fleet-view.js';
export type { OrchestratorStatus } from './core/view/status-view.js';
export type { WorkerStatus, WorkerView } from './core/view/worker-view.js';
export type { Disabled, RunMemory, WorkerMemory } from './core/worker-memory.js';

export type { DrainedRun, DrainReport } from './engine/drain-report.js';
export type {
  AcceptedRun,
  Engine,
  EngineFactory,
  EngineHost,
  EngineSettings,
  EngineWorker,
  RunTakenOver,
  WorkerInForce,
} from './engine/engine.js';
export { inProcess, type InProcessOptions } from './engine/in-process/in-process.js';
export type { StateStore } from './engine/state-store.js';

export type { Clock } from './execution/clock.js';
export { currentRun } from './execution/current-run.js';
export type { RunContext } from './execution/run-context.js';
