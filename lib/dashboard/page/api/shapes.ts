import type {
  AdminChanges,
  AdminDone,
  AdminExplanation,
  AdminFailure,
  AdminGraph,
  AdminOrchestrator,
  AdminPermissions,
  AdminRun,
  AdminSnapshot,
  AdminWorker,
  AdminWorkerDetails,
} from '../../../admin/answers.js';

export type Changes = AdminChanges;
export type Done = AdminDone;
export type Explanation = AdminExplanation;
export type Failure = AdminFailure;
export type Fleet = NonNullable<AdminOrchestrator['fleet']>;
export type Graph = AdminGraph;
export type Orchestrator = AdminOrchestrator;
export type Permissions = AdminPermissions;
export type Run = AdminRun;
export type Snapshot = AdminSnapshot;
export type Wait = NonNullable<AdminWorker['waitingFor']>;
export type Worker = AdminWorker;
export type WorkerDetails = AdminWorkerDetails;
