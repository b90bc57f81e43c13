import { Injectable } from '@nestjs/common';
import { JobPriority, Worker } from 'nestjs-orchestrator';
import { Database } from '../storage/database.js';
import { Machine } from './machine.js';

@Injectable()
export class CollectSamplesWorker {
  constructor(
    private readonly machine: Machine,
    private readonly database: Database,
  ) {}

  @Worker({
    name: 'collect-samples',
    description: 'measures CPU, memory, disk and load every second',
    interval: '1s',
    priority: JobPriority.HIGH,
    overdueAfter: '10s',
  })
  async collect(): Promise<void> {
    await this.database.samples.put(await this.machine.measure());
  }
}
