import type { OrchestratorEvent, RunEvent } from '../index.js';
import type { MetricSink } from './catalogue.js';
import { OnDemand } from './on-demand.js';
import type { WorkerLabels } from './worker-labels.js';
import { OUTCOMES, WorkerMeter } from './worker-meter.js';

const OUTCOME_OF = {
  'run.succeeded': 'succeeded',
  'run.failed': 'failed',
  'run.timed-out': 'timed-out',
  'run.lost': 'lost',
} as const;

type Named = Pick<RunEvent, 'worker'>;

/** Counts what the events tell. */
export class RunRecorder {
  private readonly meters: OnDemand<string, WorkerMeter>;

  constructor(
    sink: MetricSink,
    private readonly labels: WorkerLabels,
  ) {
    this.meters = new OnDemand((label) => new WorkerMeter(sink, label));
  }

  hear(event: OrchestratorEvent): void {
    switch (event.type) {
      case 'worker.registered':
        this.greet(event);
        return;
      case 'run.waiting':
        this.endWait(event);
        return;
      case 'run.started':
        this.endWait(event);
        if (event.attempt === 1) this.meterOf(event).lateness(seconds(event.latenessMs));
        return;
      case 'run.retrying':
        this.meterOf(event).retries(1);
        return;
      case 'run.succeeded':
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost': {
        this.endWait(event);
        const meter = this.meterOf(event);
        meter.ends.of(OUTCOME_OF[event.type])(1);
        meter.duration(seconds(event.durationMs));
        return;
      }
      case 'run.cancelled':
        this.endWait(event);
        this.meterOf(event).ends.of('cancelled')(1);
        return;
      case 'run.skipped': {
        this.endWait(event);
        const meter = this.meterOf(event);
        const hasEnded = event.runId !== undefined && event.isStandIn !== true;
        meter.skips.of(event.reason)(hasEnded ? 1 : event.count);
        if (hasEnded) meter.ends.of('skipped')(1);
      }
    }
  }

  /** A rate needs a first value that is not yet a count. */
  private greet(event: Named): void {
    const meter = this.meterOf(event);
    for (const outcome of OUTCOMES) meter.ends.of(outcome)(0);
    meter.retries(0);
  }

  private endWait(event: Pick<RunEvent, 'worker' | 'waited'>): void {
    const { waited } = event;
    if (waited !== undefined) this.meterOf(event).waits.of(waited.reason)(seconds(waited.ms));
  }

  private meterOf({ worker }: Named): WorkerMeter {
    return this.meters.of(this.labels.labelOf(worker));
  }
}

function seconds(ms: number): number {
  return ms / 1_000;
}
