import { Injectable } from '@nestjs/common';
import { JobPriority, Worker } from 'nestjs-orchestrator';
import { AppConfig } from '../config/app-config.js';
import { ReportFiles } from '../reports/report-files.js';
import { Database } from '../storage/database.js';

const LONGER_FOR_WHAT_IS_SMALL = 100;

@Injectable()
export class PruneWorker {
  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly reports: ReportFiles,
  ) {}

  @Worker({
    name: 'prune',
    description: 'removes what is too old, but never while it is being rolled up',
    interval: '1m',
    priority: JobPriority.LOW,
    blocks: 'roll-up',
  })
  async prune(): Promise<void> {
    const { retentionMs } = this.config;
    const { samples, probes, rollUps, incidents } = this.database;
    const now = Date.now();
    await samples.removeBefore(now - retentionMs);

    const longAgo = now - retentionMs * LONGER_FOR_WHAT_IS_SMALL;
    for (const series of [probes, rollUps, incidents]) await series.removeBefore(longAgo);
    await this.reports.removeBefore(longAgo);
  }
}
