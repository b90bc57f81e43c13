import type { WorkerDefinition } from '../../../../lib/core/definition/worker-definition.js';

/*
 * A second, naive scheduler, written from semantics.md and not from the core: lists instead of heaps, everything looked
 * at every time. It follows what the core does and says where that is not allowed.
 */

export interface ModelRun {
  readonly id: string;
  readonly worker: ModelWorker;
  readonly dueAt: number;
  readonly priority: number;
  readonly sequence: number;
  status: 'waiting' | 'running' | 'backing-off' | 'ended';
  attempts: number;
  /** While it backs off. */
  backoffEndsAt: number;
}

export interface ModelAttempt {
  readonly run: ModelRun;
  readonly number: number;
  phase: 'running' | 'lingering' | 'abandoned';
  holds: boolean;
  /** Where functions are called: whether its was. */
  hasBegun?: true;
}

export interface Off {
  readonly by: 'operator' | 'failures';
  probeAt: number | undefined;
  coolDownMs: number;
  probe: ModelRun | undefined;
  /** The cool-down was over before this step. */
  isDue: boolean;
}

export interface ModelWorker {
  readonly definition: WorkerDefinition;
  readonly order: number;
  readonly attempts: Set<ModelAttempt>;
  isPaused: boolean;
  off: Off | undefined;
  failures: number;
  lastEnd: string | undefined;
  /** Ticks of the model's own count of events. */
  lastStart: number;
  lastSuccess: number;
  /** Due instants that were accounted for: the next one on the grid. */
  nextInstant: number | undefined;
}

export interface ModelLimits {
  readonly maxConcurrentWorkers: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly agingStepMs: number;
}

export class ModelState {
  readonly workers = new Map<string, ModelWorker>();
  readonly runs = new Map<string, ModelRun>();
  /** Who waits for whom inside its own run. */
  readonly awaits: { readonly waiter: string; readonly awaited: string }[] = [];
  now = 0;
  isPaused = false;
  isDraining = false;
  isCutOff = false;
  /** Rises with every event. */
  ticks = 0;

  constructor(
    readonly limits: ModelLimits,
    definitions: readonly WorkerDefinition[],
  ) {
    for (const definition of definitions) this.addWorker(definition);
  }

  addWorker(definition: WorkerDefinition): ModelWorker {
    const worker: ModelWorker = {
      definition,
      order: this.workers.size,
      attempts: new Set(),
      isPaused: false,
      off: undefined,
      failures: 0,
      lastEnd: undefined,
      lastStart: -1,
      lastSuccess: -1,
      nextInstant: definition.schedule.kind === 'fixed-rate' ? 0 : undefined,
    };
    this.workers.set(definition.name, worker);
    return worker;
  }

  runsOf(worker: ModelWorker, ...statuses: ModelRun['status'][]): ModelRun[] {
    return [...this.runs.values()].filter(
      (run) => run.worker === worker && statuses.includes(run.status),
    );
  }

  holders(worker: ModelWorker): number {
    return [...worker.attempts].filter(({ holds }) => holds).length;
  }
}
