import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { OrchestratorService } from 'nestjs-orchestrator';
import { ReportFiles } from './report-files.js';

@Controller('reports')
export class ReportsController {
  constructor(
    private readonly files: ReportFiles,
    private readonly orchestrator: OrchestratorService,
  ) {}

  @Get(':id')
  @Header('content-type', 'application/json')
  async read(@Param('id') id: string): Promise<string> {
    const report = await this.files.read(id);
    if (report !== undefined) return report;
    throw new NotFoundException(
      (await this.stateOf(id)) ?? `There is no report ${JSON.stringify(id)}.`,
    );
  }

  private async stateOf(id: string): Promise<string | undefined> {
    const run = await this.orchestrator.getRun(id);
    if (run?.worker !== 'write-report') return undefined;
    const why = run.error === undefined ? '' : `: ${run.error.message}`;
    return `There is no such report yet; its run is ${run.status}${why}`;
  }
}
