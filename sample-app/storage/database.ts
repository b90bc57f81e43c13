import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ClassicLevel } from 'classic-level';
import { AppConfig } from '../config/app-config.js';
import type { ProbeResult } from '../probes/probe-result.js';
import type { Incident, RollUp, Sample } from '../samples/sample.js';
import { Series } from './series.js';

/** What was measured, on disk. */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly samples: Series<Sample>;
  readonly rollUps: Series<RollUp>;
  readonly incidents: Series<Incident>;
  readonly probes: Series<ProbeResult>;
  private readonly level: ClassicLevel;

  constructor({ dataDir }: AppConfig) {
    this.level = new ClassicLevel(join(dataDir, 'measurements'));
    this.samples = new Series(this.level, 'samples');
    this.rollUps = new Series(this.level, 'roll-ups');
    this.incidents = new Series(this.level, 'incidents');
    this.probes = new Series(this.level, 'probes');
  }

  async onModuleInit(): Promise<void> {
    await this.level.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.level.close();
  }

  /** Rewrites what is there without what was removed. */
  async compact(): Promise<void> {
    await this.level.compactRange('', '\uffff');
  }

  async sizeInBytes(): Promise<number> {
    const files = await readdir(this.level.location);
    const stats = await Promise.all(files.map((file) => stat(join(this.level.location, file))));
    return stats.reduce((sum, { size }) => sum + size, 0);
  }
}
