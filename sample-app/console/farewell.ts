import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OrchestratorService, type DrainedRun } from 'nestjs-orchestrator';

/** Tells what became of the runs that the shutdown found at work. */
@Injectable()
export class Farewell implements OnApplicationShutdown {
  constructor(private readonly orchestrator: OrchestratorService) {}

  async onApplicationShutdown(): Promise<void> {
    // The module has stopped the orchestrator already: this is the same report once more.
    const report = await this.orchestrator.stop();
    console.log(`
  Stopped in ${Math.round(report.durationMs)} ms.
    finished   ${listed(report.finished)}
    aborted    ${listed(report.aborted)}
    abandoned  ${listed(report.abandoned)}
    cancelled  ${report.cancelled} waiting
`);
  }
}

function listed(runs: readonly DrainedRun[]): string {
  return runs.length === 0 ? 'none' : runs.map(({ worker, id }) => `${worker} (${id})`).join(', ');
}
