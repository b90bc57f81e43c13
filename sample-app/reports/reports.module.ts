import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { ReportFiles } from './report-files.js';
import { ReportsController } from './reports.controller.js';
import { WriteReportWorker } from './write-report.worker.js';

@Module({
  imports: [StorageModule],
  controllers: [ReportsController],
  providers: [ReportFiles, WriteReportWorker],
  exports: [ReportFiles],
})
export class ReportsModule {}
