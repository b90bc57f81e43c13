import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { NonRetryableError, Worker, type RunContext } from 'nestjs-orchestrator';
import { Database } from '../storage/database.js';

@Injectable()
export class CompactWorker {
  constructor(private readonly database: Database) {}

  /** A payload `{ "quietSeconds": 20 }` holds all other workers that much longer, say to copy the data folder. */
  @Worker({
    name: 'compact',
    description: 'shrinks the database, while nothing else runs',
    cron: '*/15 * * * *',
    blocks: '*',
  })
  async compact(run: RunContext): Promise<void> {
    const quietMs = readQuietMs(run.payload);
    const before = await this.database.sizeInBytes();
    await this.database.compact();
    const after = await this.database.sizeInBytes();
    run.progress(1, `${inKb(before)} became ${inKb(after)}`);

    if (quietMs === 0) return;
    run.extendTimeout(quietMs + 1_000);
    await setTimeout(quietMs, undefined, { signal: run.signal });
  }
}

function readQuietMs(payload: unknown = {}): number {
  const { quietSeconds = 0 } = Object(payload) as { readonly quietSeconds?: unknown };
  if (typeof quietSeconds === 'number' && quietSeconds >= 0 && quietSeconds <= 600) {
    return quietSeconds * 1_000;
  }
  throw new NonRetryableError('The payload must be { "quietSeconds": <0 to 600> }, or nothing.');
}

function inKb(bytes: number): string {
  return `${Math.round(bytes / 1_000)} kB`;
}
