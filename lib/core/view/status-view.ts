import type { SchedulerState } from '../state/scheduler-state.js';
import type { FleetView } from './fleet-view.js';
import { viewReadiness, type Readiness } from './readiness.js';
import { viewWorker, type WorkerView } from './worker-view.js';

/** The whole picture at one instant; safe to serialise whatever the names. @publicApi */
export interface OrchestratorStatus extends Readiness {
  readonly at: Date;
  readonly paused: boolean;
  /** The replicas, where the engine has several. */
  readonly fleet?: FleetView;
  /** How many workers are registered. */
  readonly workers: number;
  /** Attempts that hold a place. */
  readonly running: number;
  readonly waiting: number;
  readonly abandoned: number;
  readonly maxConcurrentWorkers: number;
  readonly groups: readonly {
    readonly name: string;
    readonly running: number;
    readonly limit: number;
  }[];
  /** In the order of registration. */
  readonly workerStates: readonly WorkerView[];
}

export function viewStatus(state: SchedulerState): OrchestratorStatus {
  const workerStates = [...state.workers.values()].map((worker) => viewWorker(state, worker));
  return {
    at: new Date(state.now + state.wallOffset),
    ...viewReadiness(state),
    paused: state.pausedAt !== undefined,
    workers: state.workers.size,
    running: state.running,
    waiting: workerStates.reduce((sum, { waiting }) => sum + waiting, 0),
    abandoned: [...state.lingering.values()].filter(({ phase }) => phase === 'abandoned').length,
    maxConcurrentWorkers: state.settings.maxConcurrentWorkers,
    groups: [...state.groups.values()].map(({ name, holders, limit }) => ({
      name,
      running: holders.size,
      limit,
    })),
    workerStates,
  };
}
