import type { OrchestratorService } from '../index.js';
import { readGauges, type GaugeReadings } from './gauge-readings.js';
import type { WorkerLabels } from './worker-labels.js';

/** Reads the gauges when they are asked for, and once for all that ask at the same time. */
export class GaugeSource {
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

  private async readNow(): Promise<GaugeReadings> {
    return readGauges(await this.orchestrator.getStatus(), this.labels);
  }
}
