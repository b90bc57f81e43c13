import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { OrchestratorService, type Explanation, type TriggerOptions } from 'nestjs-orchestrator';
import { TriggerKeyGuard } from './trigger-key.guard.js';
import { TriggerOptionsPipe } from './trigger-options.pipe.js';

interface AcceptedTrigger {
  readonly runId: string;
  readonly worker: string;
  /** Where to look what becomes of it. */
  readonly explain: string;
  /** Where its report will be, if it writes one. */
  readonly report?: string;
}

@Controller('workers/:name')
export class WorkersController {
  constructor(private readonly orchestrator: OrchestratorService) {}

  @Get('explain')
  async explain(@Param('name') name: string): Promise<Explanation> {
    return this.orchestrator.explain(name);
  }

  @Post('trigger')
  @HttpCode(HttpStatus.ACCEPTED)
  @UseGuards(TriggerKeyGuard)
  async trigger(
    @Param('name') name: string,
    @Body(TriggerOptionsPipe) options: TriggerOptions,
  ): Promise<AcceptedTrigger> {
    const { id, worker } = await this.orchestrator.triggerWorker(name, options);
    return {
      runId: id,
      worker,
      explain: `/workers/${encodeURIComponent(worker)}/explain`,
      ...(worker === 'write-report' && { report: `/reports/${id}` }),
    };
  }
}
