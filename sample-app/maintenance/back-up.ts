import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../storage/database.js';

const PARTS = 20;
const PAUSE_MS = 250;

/** A copy of what was measured, as lines of JSON. */
@Injectable()
export class BackUp {
  private readonly path: string;

  constructor(
    { dataDir }: AppConfig,
    private readonly database: Database,
  ) {
    this.path = join(dataDir, 'back-up.jsonl');
  }

  /** Part by part, with pauses: the disk is there for others too. */
  async write(signal: AbortSignal, onPart: (fraction: number) => void): Promise<void> {
    const lines = await this.lines();
    const size = Math.ceil(lines.length / PARTS);
    // Renamed when complete: the former copy is of use until then.
    const file = await open(`${this.path}.part`, 'w');
    try {
      for (let part = 0; part < PARTS; part++) {
        await file.appendFile(lines.slice(part * size, (part + 1) * size).join(''));
        onPart((part + 1) / PARTS);
        await setTimeout(PAUSE_MS, undefined, { signal });
      }
    } finally {
      await file.close();
    }
    await rename(`${this.path}.part`, this.path);
  }

  private async lines(): Promise<string[]> {
    const { samples, rollUps, incidents, probes } = this.database;
    const all = await Promise.all(
      [samples, rollUps, incidents, probes].map((series) => series.since(0)),
    );
    return all.flat().map((entry) => `${JSON.stringify(entry)}\n`);
  }
}
