import { Injectable } from '@nestjs/common';
import { OrchestratorService } from 'nestjs-orchestrator';
import { AppConfig } from '../config/app-config.js';
import { OwnUrl } from '../http/own-url.js';

/** Tells a newcomer what runs here, and what to try. */
@Injectable()
export class Welcome {
  constructor(
    private readonly orchestrator: OrchestratorService,
    private readonly config: AppConfig,
    private readonly ownUrl: OwnUrl,
  ) {}

  async text(): Promise<string> {
    const { workerStates } = await this.orchestrator.getStatus();
    const workers = workerStates.map(
      ({ name, description = '' }) => `    ${name.padEnd(18)}${description}`,
    );
    return `
  This application watches the machine it runs on. Its workers:

${workers.join('\n')}

  A live page:        ${this.ownUrl.of('/orchestrator')}
  Is all well?        ${this.ownUrl.of('/health')}
  What happens?       ${this.ownUrl.of('/status')}
  Why not now?        ${this.ownUrl.of('/workers/compact/explain')}
  Write a report:     ${this.howToTrigger()}

  Data lives in ${this.config.dataDir}. Ctrl-C lets running workers finish.
  The first run of each worker is logged below; VERBOSE=1 logs all of them.
`;
  }

  private howToTrigger(): string {
    if (this.config.triggerKey === undefined) return 'start again with TRIGGER_KEY=secret';
    return `curl -X POST -H "x-api-key: $TRIGGER_KEY" ${this.ownUrl.of('/workers/write-report/trigger')}`;
  }
}
