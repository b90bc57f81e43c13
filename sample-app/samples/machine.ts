import { statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { Sample } from './sample.js';

/** The machine that this application runs on. */
@Injectable()
export class Machine {
  private times = cpuTimes();

  constructor(private readonly config: AppConfig) {}

  async measure(): Promise<Sample> {
    const { blocks, bavail } = await statfs(this.config.dataDir);
    return {
      at: Date.now(),
      cpu: this.cpuSinceLastMeasure(),
      memory: used(freemem(), totalmem()),
      disk: used(bavail, blocks),
      load: loadavg()[0] ?? 0,
    };
  }

  private cpuSinceLastMeasure(): number {
    const before = this.times;
    this.times = cpuTimes();
    return used(this.times.idle - before.idle, this.times.total - before.total);
  }
}

function cpuTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

function used(free: number, all: number): number {
  return all > 0 ? 1 - free / all : 0;
}
