import type { OrchestratorPhase, SchedulerState } from '../state/scheduler-state.js';
import type { FleetView } from './fleet-view.js';
import { viewWorker, type WorkerView } from './worker-view.js';

/** The whole picture at one instant; safe to serialise whatever the names. @publicApi */
export interface OrchestratorStatus {
  readonly at: Date;
  readonly state: OrchestratorPhase;
  readonly paused: boolean;
  /** What keeps the engine from working, where something does. */
  readonly engineProblem?: string;
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
    state: state.phase,
    paused: state.pausedAt !== undefined,
    ...(state.outage !== undefined && { engineProblem: state.outage.problem }),
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
