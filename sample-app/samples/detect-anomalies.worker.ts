import { Injectable } from '@nestjs/common';
import { Worker, type RunContext } from 'nestjs-orchestrator';
import { Database } from '../storage/database.js';
import { MEASURES, type Measure, type RollUp } from './sample.js';
import { deviation, mean } from './summarise.js';

const HOUR_MS = 3_600_000;
const MINUTES_TO_LEARN = 10;
const LEAST_RISE = 0.2;

@Injectable()
export class DetectAnomaliesWorker {
  constructor(private readonly database: Database) {}

  @Worker({
    name: 'detect-anomalies',
    description: 'compares the latest minute with the hour before, after each roll-up',
    dependsOn: 'roll-up',
    runAfterDependencies: true,
  })
  async detect({ logger }: RunContext): Promise<void> {
    const hour = await this.database.rollUps.since(Date.now() - HOUR_MS);
    const latest = hour.pop();
    if (latest === undefined || hour.length < MINUTES_TO_LEARN) return;

    for (const what of MEASURES.filter((measure) => isUnusual(measure, latest, hour))) {
      if (await this.database.incidents.has(latest.at, what)) continue;
      const detail = `${what} is at ${latest[what].mean.toFixed(2)}, far above the last hour`;
      logger.warn(detail);
      await this.database.incidents.put({ at: latest.at, what, detail }, what);
    }
  }
}

function isUnusual(measure: Measure, latest: RollUp, before: readonly RollUp[]): boolean {
  const means = before.map((rollUp) => rollUp[measure].mean);
  const rise = latest[measure].mean - mean(means);
  return rise > Math.max(LEAST_RISE, 3 * deviation(means));
}
