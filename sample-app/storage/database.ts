import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { open, type RootDatabase } from 'lmdb';
import { AppConfig } from '../config/app-config.js';
import type { ProbeResult } from '../probes/probe-result.js';
import type { Incident, RollUp, Sample } from '../samples/sample.js';
import { Series, type Entry, type SeriesKey } from './series.js';

/** What was measured, on disk. */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  samples!: Series<Sample>;
  rollUps!: Series<RollUp>;
  incidents!: Series<Incident>;
  probes!: Series<ProbeResult>;
  private root!: RootDatabase;
  private readonly folder: string;

  constructor({ dataDir }: AppConfig) {
    this.folder = join(dataDir, 'measurements');
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    this.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.root.close();
  }

  /**
   * LMDB reuses the room of what was removed, but never gives it back to the disk. Nothing else may use the database
   * meanwhile, for its file is replaced.
   */
  async compact(): Promise<{ readonly before: number; readonly after: number }> {
    const file = join(this.folder, 'data.mdb');
    const copy = join(this.folder, 'compacted');
    const before = await sizeOf(file);
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    await this.root.backup(copy, true);
    await this.root.close();
    try {
      await rename(join(copy, 'data.mdb'), file);
    } finally {
      this.open();
    }
    return { before, after: await sizeOf(file) };
  }

  private open(): void {
    this.root = open({ path: this.folder });
    this.samples = this.series('samples');
    this.rollUps = this.series('roll-ups');
    this.incidents = this.series('incidents');
    this.probes = this.series('probes');
  }

  private series<Item extends Entry>(name: string): Series<Item> {
    return new Series(this.root.openDB<Item, SeriesKey>({ name }));
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
