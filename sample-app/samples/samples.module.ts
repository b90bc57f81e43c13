import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { CollectSamplesWorker } from './collect-samples.worker.js';
import { DetectAnomaliesWorker } from './detect-anomalies.worker.js';
import { Machine } from './machine.js';
import { RollUpWorker } from './roll-up.worker.js';
import { WatchEventLoopWorker } from './watch-event-loop.worker.js';

@Module({
  imports: [StorageModule],
  providers: [
    Machine,
    CollectSamplesWorker,
    RollUpWorker,
    DetectAnomaliesWorker,
    WatchEventLoopWorker,
  ],
})
export class SamplesModule {}
