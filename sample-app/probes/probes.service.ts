import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OrchestratorService, type WorkerOptions } from 'nestjs-orchestrator';
import { AppConfig } from '../config/app-config.js';
import { OwnUrl } from '../http/own-url.js';
import { Prober } from './prober.js';

const PROBING: WorkerOptions = {
  interval: '10s',
  timeout: '3s',
  maxRetries: 2,
  backoff: '500ms',
  maxConsecutiveFailures: 3,
  autoEnableAfter: '30s',
  tags: ['probe'],
};

interface Endpoint {
  readonly worker: string;
  readonly title: string;
  readonly url: () => string;
}

/** Each endpoint has a worker of its own: one that is down switches off nobody else's. */
@Injectable()
export class ProbesService implements OnModuleInit {
  constructor(
    private readonly orchestrator: OrchestratorService,
    private readonly prober: Prober,
    private readonly config: AppConfig,
    private readonly ownUrl: OwnUrl,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const { worker, title, url } of this.endpoints()) {
      await this.orchestrator.registerWorker(
        worker,
        ({ signal }) => this.prober.probe(url(), signal),
        { ...PROBING, description: `asks ${title} whether it is up` },
      );
    }
  }

  private endpoints(): Endpoint[] {
    const { probeUrls, deadUrl } = this.config;
    const configured = probeUrls.map((url) => ({ title: url, url: () => url }));
    const own = { title: 'its own /health/live', url: () => this.ownUrl.of('/health/live') };
    const endpoints = (configured.length > 0 ? configured : [own]).map((endpoint, index) => ({
      ...endpoint,
      worker: index === 0 ? 'probe-endpoints' : `probe-endpoints-${index + 1}`,
    }));
    if (deadUrl === undefined) return endpoints;
    return [...endpoints, { worker: 'probe-dead-url', title: deadUrl, url: () => deadUrl }];
  }
}
