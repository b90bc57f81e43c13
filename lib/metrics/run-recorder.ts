import { ChurningMap } from '../core/churning-map.js';
import type { HoldReason, OrchestratorEvent, RunEvent } from '../index.js';
import type { MetricSink } from './catalogue.js';
import type { WorkerLabels } from './worker-labels.js';

const OUTCOMES = ['succeeded', 'failed', 'timed-out', 'cancelled', 'lost', 'skipped'] as const;

type Outcome = (typeof OUTCOMES)[number];

interface Hold {
  readonly reason: HoldReason;
  readonly sinceMs: number;
}

/** Counts what the events tell. */
export class RunRecorder {
  /** What holds back the runs that wait now. */
  private readonly holds = new ChurningMap<Hold>();

  constructor(
    private readonly sink: MetricSink,
    private readonly labels: WorkerLabels,
  ) {}

  hear(event: OrchestratorEvent): void {
    switch (event.type) {
      case 'worker.registered':
        this.greet(event.worker);
        return;
      case 'run.waiting':
        this.endHold(event);
        this.holds.set(event.runId, { reason: event.reason, sinceMs: event.at.getTime() });
        return;
      case 'run.started':
        this.endHold(event);
        if (event.attempt === 1) this.observe('lateness', event.worker, event.latenessMs);
        return;
      case 'run.retrying':
        this.sink.count('retries', { worker: this.labels.labelOf(event.worker) }, 1);
        return;
      case 'run.succeeded':
        // It has started, so nothing holds it.
        this.countRun(event.worker, 'succeeded', 1);
        this.observe('duration', event.worker, event.durationMs);
        return;
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost':
        this.end(event, outcomeOf(event));
        this.observe('duration', event.worker, event.durationMs);
        return;
      case 'run.cancelled':
        this.end(event, 'cancelled');
        return;
      case 'run.skipped': {
        const { worker, runId, reason, isStandIn, at } = event;
        const labels = { worker: this.labels.labelOf(worker), reason };
        const hasEnded = runId !== undefined && isStandIn !== true;
        this.sink.count('skipped', labels, hasEnded ? 1 : event.count);
        if (hasEnded) this.end({ worker, runId, at }, 'skipped');
        return;
      }
      case 'leader.lost':
        // What becomes of them is decided, and counted, elsewhere.
        this.holds.clear();
    }
  }

  /** A rate needs a first value that is not yet a count. */
  private greet(worker: string): void {
    for (const outcome of OUTCOMES) this.countRun(worker, outcome, 0);
  }

  private end(run: Pick<RunEvent, 'worker' | 'runId' | 'at'>, outcome: Outcome): void {
    this.endHold(run);
    this.countRun(run.worker, outcome, 1);
  }

  private countRun(worker: string, outcome: Outcome, by: number): void {
    this.sink.count('runs', { worker: this.labels.labelOf(worker), outcome }, by);
  }

  private endHold({ worker, runId, at }: Pick<RunEvent, 'worker' | 'runId' | 'at'>): void {
    const hold = this.holds.get(runId);
    if (hold === undefined) return;
    this.holds.delete(runId);
    // The wall clock may have been set back meanwhile.
    const heldMs = Math.max(0, at.getTime() - hold.sinceMs);
    const labels = { worker: this.labels.labelOf(worker), reason: hold.reason };
    this.sink.observe('wait', labels, heldMs / 1_000);
  }

  private observe(histogram: 'duration' | 'lateness', worker: string, ms: number): void {
    this.sink.observe(histogram, { worker: this.labels.labelOf(worker) }, ms / 1_000);
  }
}

function outcomeOf({
  type,
}: {
  readonly type: 'run.failed' | 'run.timed-out' | 'run.lost';
}): Outcome {
  return type.slice('run.'.length) as Outcome;
}
