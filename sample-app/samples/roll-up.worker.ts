import { Injectable } from '@nestjs/common';
import { Worker } from 'nestjs-orchestrator';
import { Database } from '../storage/database.js';
import { rollUpByMinute } from './summarise.js';

@Injectable()
export class RollUpWorker {
  constructor(private readonly database: Database) {}

  @Worker({
    name: 'roll-up',
    description: 'summarises the samples by the minute, once they are collected',
    interval: '5s',
    dependsOn: 'collect-samples',
    overdueAfter: '10s',
  })
  async rollUp(): Promise<void> {
    // The newest one may have been made in the middle of its minute: it is made again.
    const from = this.database.rollUps.last()?.at ?? 0;
    const rollUps = rollUpByMinute(this.database.samples.since(from));
    await Promise.all(rollUps.map((rollUp) => this.database.rollUps.put(rollUp)));
  }
}
