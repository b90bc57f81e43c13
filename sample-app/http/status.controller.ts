import { Controller, Get } from '@nestjs/common';
import { OrchestratorService, type OrchestratorStatus } from 'nestjs-orchestrator';

@Controller('status')
export class StatusController {
  constructor(private readonly orchestrator: OrchestratorService) {}

  @Get()
  async status(): Promise<OrchestratorStatus> {
    return this.orchestrator.getStatus();
  }
}
