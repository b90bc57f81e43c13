import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { JobPriority, Worker, WorkerExecutionMode, type RunContext } from 'nestjs-orchestrator';
import { Database } from '../storage/database.js';

const ROUND_MS = 1_000;
const RESOLUTION_MS = 10;
const LONGEST_DELAY_MS = 100;

@Injectable()
export class WatchEventLoopWorker implements OnModuleInit, OnModuleDestroy {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.delays.enable();
  }

  onModuleDestroy(): void {
    this.delays.disable();
  }

  /** Watches in rounds: between two of them, workers that exclude this one get their turn. */
  @Worker({
    name: 'watch-event-loop',
    description: 'notes when this process stands still, all the time',
    executionMode: WorkerExecutionMode.CONTINUOUS,
    priority: JobPriority.LOW,
  })
  async watch({ signal, logger }: RunContext): Promise<void> {
    this.delays.reset();
    await setTimeout(ROUND_MS, undefined, { signal });
    const delayMs = Math.round(this.delays.max / 1e6) - RESOLUTION_MS;
    if (delayMs < LONGEST_DELAY_MS) return;

    const detail = `the event loop stood still for ${delayMs} ms`;
    logger.warn(detail);
    await this.database.incidents.put({ at: Date.now(), what: 'event loop', detail }, 'event loop');
  }
}
