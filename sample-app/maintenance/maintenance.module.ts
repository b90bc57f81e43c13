import { Module } from '@nestjs/common';
import { ReportsModule } from '../reports/reports.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { BackUp } from './back-up.js';
import { BackUpWorker } from './back-up.worker.js';
import { CompactWorker } from './compact.worker.js';
import { PruneWorker } from './prune.worker.js';

@Module({
  imports: [StorageModule, ReportsModule],
  providers: [PruneWorker, BackUp, BackUpWorker, CompactWorker],
})
export class MaintenanceModule {}
