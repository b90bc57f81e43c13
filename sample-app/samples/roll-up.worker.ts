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
    const last = await this.database.rollUps.last();
    const rollUps = rollUpByMinute(await this.database.samples.since(last?.at ?? 0));
    await Promise.all(rollUps.map((rollUp) => this.database.rollUps.put(rollUp)));
  }
}
