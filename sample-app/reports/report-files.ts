import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { Report } from './report.js';

@Injectable()
export class ReportFiles implements OnModuleInit {
  private readonly folder: string;

  constructor({ dataDir }: AppConfig) {
    this.folder = join(dataDir, 'reports');
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  /** @returns its path */
  async write(report: Report): Promise<string> {
    const path = this.pathOf(report.id);
    // Renamed when complete: nobody reads half a report, whenever the process ends.
    await writeFile(`${path}.part`, JSON.stringify(report, null, 2));
    await rename(`${path}.part`, path);
    return path;
  }

  async read(id: string): Promise<string | undefined> {
    if (!/^[\w-]{1,64}$/.test(id)) return undefined;
    try {
      return await readFile(this.pathOf(id), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async removeBefore(at: number): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if ((await stat(path)).mtimeMs < at) await rm(path);
    }
  }

  private pathOf(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}
