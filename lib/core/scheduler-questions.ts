import type { WorkerDefinition } from './definition/worker-definition.js';
import { UnknownRunError, UnknownWorkerError } from './errors.js';
import { nearestName } from './graph/nearest-name.js';
import { WorkerGraph } from './graph/worker-graph.js';
import type { RunImage } from './run-image.js';
import { imageOf, snapshotOf, type WorkerSnapshot } from './state/image.js';
import { memoryOf } from './state/memory.js';
import type { Run, SchedulerState, WorkerState } from './state/scheduler-state.js';
import { explain, pastRuns, type Explanation } from './view/explain.js';
import { viewReadiness, type Readiness } from './view/readiness.js';
import { viewRun, type RunFilter, type RunView } from './view/run-view.js';
import { viewStatus, type OrchestratorStatus } from './view/status-view.js';
import { statusOf, viewWorker, type WorkerView } from './view/worker-view.js';
import type { WorkerMemory } from './worker-memory.js';

/** What can be asked of the scheduler; asking changes nothing but its idea of the time. */
export abstract class SchedulerQuestions {
  protected constructor(protected readonly state: SchedulerState) {}

  status(now: number): OrchestratorStatus {
    return viewStatus(this.at(now));
  }

  get readiness(): Readiness {
    return viewReadiness(this.state);
  }

  viewWorker(name: string, now: number): WorkerView {
    return viewWorker(this.at(now), this.worker(name));
  }

  /** Those that somebody, or their failures, switched off: not the ones whose options say so, or which are tried again now. */
  viewDisabled(now: number): WorkerView[] {
    const state = this.at(now);
    return [...state.workers.values()]
      .filter((worker) => statusOf(worker) === 'disabled' && worker.disabled?.by !== 'options')
      .map((worker) => viewWorker(state, worker));
  }

  explain(name: string, now: number): Explanation {
    return explain(this.at(now), this.worker(name));
  }

  viewRun(id: string): RunView | undefined {
    const run = this.state.runs.get(id);
    return run === undefined ? undefined : viewRun(this.state, run);
  }

  /** Live runs and those in history, newest first. */
  viewRuns({ worker, status, limit = Infinity }: RunFilter): RunView[] {
    const runs =
      worker === undefined
        ? [...this.state.runs.values()]
        : runsOf(this.state, this.worker(worker));
    return (
      runs
        .filter((run) => status === undefined || run.status === status)
        .sort((one, other) => other.sequence - one.sequence)
        // A negative end would count from the oldest.
        .slice(0, Math.max(0, limit))
        .map((run) => viewRun(this.state, run))
    );
  }

  /** A live run, such that another process could take it over. */
  imageOf(id: string): RunImage {
    return imageOf(this.state, this.run(id));
  }

  /** The part of its snapshot that does not grow with what waits. */
  memoryOf(name: string): WorkerMemory {
    return memoryOf(this.state, this.worker(name));
  }

  snapshot(name: string): WorkerSnapshot {
    return snapshotOf(this.state, this.worker(name));
  }

  definitions(): WorkerDefinition[] {
    return [...this.state.workers.values()].map(({ definition }) => definition);
  }

  definition(name: string): WorkerDefinition {
    return this.worker(name).definition;
  }

  graph(): WorkerGraph {
    return new WorkerGraph(this.definitions());
  }

  protected worker(name: string): WorkerState {
    const worker = this.state.workers.get(name);
    if (worker === undefined) {
      throw new UnknownWorkerError(name, nearestName(name, this.state.workers.keys()));
    }
    return worker;
  }

  protected run(id: string): Run {
    const run = this.state.runs.get(id) ?? this.lingeringRun(id);
    if (run === undefined) throw new UnknownRunError(id);
    return run;
  }

  /** An abandoned attempt may outlive the memory of its run, and be all there is of it. */
  private lingeringRun(id: string): Run | undefined {
    for (const { run } of this.state.lingering.values()) if (run.id === id) return run;
    return undefined;
  }

  protected at(now: number): SchedulerState {
    this.state.now = Math.max(this.state.now, now);
    return this.state;
  }
}

function runsOf(state: SchedulerState, worker: WorkerState): Run[] {
  const live = [...state.runs.values()].filter(
    (run) => run.worker === worker && run.endedAt === undefined,
  );
  return [...live, ...pastRuns(worker)];
}
