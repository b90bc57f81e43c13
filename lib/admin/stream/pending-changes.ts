import type { OrchestratorEvent } from '../../index.js';

/** Of runs that change faster than they can be told, the latest are. */
export const MOST_RUNS = 500;

/** After these, what any worker waits for may be something else. */
const CHANGE_ALL: ReadonlySet<string> = new Set<OrchestratorEvent['type']>([
  'orchestrator.started',
  'orchestrator.paused',
  'orchestrator.resumed',
  'orchestrator.draining',
  'orchestrator.stopped',
  'engine.unavailable',
  'engine.recovered',
]);

const CHANGE_GRAPH: ReadonlySet<string> = new Set<OrchestratorEvent['type']>([
  'worker.registered',
  'worker.unregistered',
  'worker.updated',
]);

/** What has changed since it was last told: names and ids only, however much happens. */
export class PendingChanges {
  readonly workers = new Set<string>();
  /** In the order of their latest change. */
  readonly runs = new Set<string>();
  areAllWorkersChanged = false;
  isGraphChanged = false;
  /** More runs have changed than are told of. */
  hasDroppedRuns = false;
  isEmpty = true;

  note(event: OrchestratorEvent): void {
    this.isEmpty = false;
    if (CHANGE_ALL.has(event.type)) this.areAllWorkersChanged = true;
    if (CHANGE_GRAPH.has(event.type)) this.isGraphChanged = true;
    if ('worker' in event) this.workers.add(event.worker);
    if ('runId' in event) this.noteRun(event.runId);
  }

  private noteRun(runId: string): void {
    this.runs.delete(runId);
    this.runs.add(runId);
    if (this.runs.size <= MOST_RUNS) return;
    for (const oldest of this.runs) {
      this.runs.delete(oldest);
      this.hasDroppedRuns = true;
      return;
    }
  }
}
