import type { OrchestratorService } from '../index.js';
import { EventLoopLateness } from './event-loop-lateness.js';
import { readGauges, type GaugeReadings } from './gauge-readings.js';
import type { WorkerLabels } from './worker-labels.js';

/** Reads the gauges when they are asked for, and once for all that ask at the same time. */
export class GaugeSource {
  private readonly eventLoop = new EventLoopLateness();
  private reading: Promise<GaugeReadings> | undefined;

  constructor(
    private readonly orchestrator: OrchestratorService,
    private readonly labels: WorkerLabels,
  ) {}

  read(): Promise<GaugeReadings> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  close(): void {
    this.eventLoop.close();
  }

  private async readNow(): Promise<GaugeReadings> {
    const status = await this.orchestrator.getStatus();
    return readGauges(status, this.labels, this.eventLoop.takeSeconds());
  }
}
