import { Logger } from '@nestjs/common';
import type { OrchestratorService } from '../index.js';
import type { Orchestration } from '../orchestration.js';
import type { MetricSink } from './catalogue.js';
import type { GaugeReadings } from './gauge-readings.js';
import { EventLoopLateness } from './event-loop-lateness.js';
import { GaugeSource } from './gauge-source.js';
import { RunRecorder } from './run-recorder.js';
import { OTHER_WORKERS, WorkerLabels } from './worker-labels.js';

/**
 * What Prometheus and OpenTelemetry have in common: events go to the sink as they come, gauges are read when asked for.
 * Of many replicas, the one that decides counts: what all have counted may be added up.
 */
export class WorkerMetrics {
  private readonly gauges: GaugeSource;
  private readonly eventLoop: EventLoopLateness;
  private readonly unfollow: () => void;

  /** @throws RangeError where the cap is no whole number from 1 */
  constructor(
    orchestrator: OrchestratorService,
    orchestration: Orchestration,
    sink: MetricSink,
    cap: number | undefined,
  ) {
    const labels = new WorkerLabels(cap, warnOfCap);
    this.gauges = new GaugeSource(orchestrator, labels);
    const recorder = new RunRecorder(sink, labels);
    this.unfollow = orchestration.follow((event) => {
      recorder.hear(event);
    });
    this.eventLoop = new EventLoopLateness(sink.histogram('eventLoopLateness', {}));
  }

  readGauges(): Promise<GaugeReadings> {
    return this.gauges.read();
  }

  close(): void {
    this.unfollow();
    this.eventLoop.close();
  }
}

function warnOfCap(cap: number): void {
  new Logger('Orchestrator').warn(
    `The metrics tell ${String(cap)} workers apart; further ones are counted together as "${OTHER_WORKERS}". ` +
      'Raise maxWorkerLabels if your metrics store can take that many.',
  );
}
