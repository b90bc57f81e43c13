import type {
  Explanation,
  FailureSummary,
  GraphEdge,
  GraphNode,
  OptionsInForce,
  OrchestratorStatus,
  RunView,
  WorkerView,
} from '../index.js';

/** A value as JSON carries it: instants are ISO texts. @publicApi */
export type AsJson<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? readonly AsJson<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: AsJson<Value[Key]> }
      : Value;

/** What a run failed with: its name alone, but for `showErrors`. @publicApi */
export type AdminFailure = Pick<FailureSummary, 'name'> & Partial<FailureSummary>;

/** @publicApi */
export type AdminRun = Omit<AsJson<RunView>, 'error'> & { readonly error?: AdminFailure };

/** @publicApi */
export type AdminWorker = Omit<AsJson<WorkerView>, 'lastRun' | 'lastError'> & {
  readonly lastRun?: AdminRun;
  readonly lastError?: AdminFailure;
};

/** The orchestrator without its workers. @publicApi */
export type AdminOrchestrator = Omit<AsJson<OrchestratorStatus>, 'workerStates'>;

/** `GET status` @publicApi */
export type AdminStatus = AdminOrchestrator & { readonly workerStates: readonly AdminWorker[] };

/** `GET workers/:name` @publicApi */
export interface AdminWorkerDetails {
  readonly worker: AdminWorker;
  readonly options: OptionsInForce;
  /** Newest first. */
  readonly runs: readonly AdminRun[];
}

/** `GET workers/:name/explain` @publicApi */
export type AdminExplanation = Omit<AsJson<Explanation>, 'run' | 'past'> & {
  readonly run?: AdminRun;
  readonly past: readonly AdminRun[];
};

/** `GET graph` @publicApi */
export interface AdminGraph {
  readonly nodes: readonly AsJson<GraphNode>[];
  readonly edges: readonly GraphEdge[];
}

/** `GET permissions`: what this caller may do. @publicApi */
export type AdminPermissions = Readonly<Record<'read' | 'trigger' | 'control', boolean>>;

/** The stream's message `snapshot`, its first one, and again for a client that could not follow. @publicApi */
export interface AdminSnapshot {
  readonly orchestrator: AdminOrchestrator;
  readonly workers: readonly AdminWorker[];
  /** Newest first, at most 500. */
  readonly runs: readonly AdminRun[];
}

/** The stream's message `changes`, at most four a second. @publicApi */
export interface AdminChanges {
  readonly orchestrator: AdminOrchestrator;
  /** Those that changed, whole. */
  readonly workers: readonly AdminWorker[];
  /** Names of workers that are no more. */
  readonly removed: readonly string[];
  /** Those that changed, whole. Where they are more than 500, a snapshot is sent. */
  readonly runs: readonly AdminRun[];
  /** Ids of runs that changed, and are in no history any more. */
  readonly gone: readonly string[];
  /** Whether workers were registered, updated or removed: the graph may be another one. */
  readonly isGraphChanged: boolean;
}

/** What an action answers: 202, with the run's id where it triggered one. @publicApi */
export interface AdminDone {
  readonly id?: string;
  /** Of `runs/:id/cancel`: false where the run had ended already. */
  readonly cancelled?: boolean;
}

/** The body of every refusal and failure. @publicApi */
export interface AdminProblem {
  readonly code: string;
  readonly message: string;
}
