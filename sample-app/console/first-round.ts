import { Injectable, Logger } from '@nestjs/common';
import { OnWorkerEvent, type EventOf } from 'nestjs-orchestrator';
import { AppConfig } from '../config/app-config.js';

/** Shows each worker's first run, and with `VERBOSE` every run. What goes wrong, the library logs by itself. */
@Injectable()
export class FirstRound {
  private readonly logger = new Logger('Workers');
  /** By worker. In a fleet, a run that had begun before this replica joined is none. */
  private readonly firstRuns = new Map<string, string>();

  constructor(private readonly config: AppConfig) {}

  @OnWorkerEvent('run.waiting')
  waiting({ worker, runId, reason, heldBy }: EventOf<'run.waiting'>): void {
    if (this.firstRuns.has(worker) && !this.isShown(worker, runId)) return;
    this.logger.log(`${worker} waits: ${reason}${heldBy === undefined ? '' : ` by ${heldBy}`}`);
  }

  @OnWorkerEvent('run.started')
  started({ worker, runId, attempt }: EventOf<'run.started'>): void {
    if (!this.firstRuns.has(worker)) this.firstRuns.set(worker, runId);
    if (!this.isShown(worker, runId)) return;
    this.logger.log(`${worker} ${attempt === 1 ? 'started' : `started, attempt ${attempt}`}`);
  }

  @OnWorkerEvent('run.succeeded')
  succeeded({ worker, runId, durationMs }: EventOf<'run.succeeded'>): void {
    if (!this.isShown(worker, runId)) return;
    this.logger.log(`${worker} succeeded in ${Math.round(durationMs)} ms`);
  }

  private isShown(worker: string, runId: string): boolean {
    return this.config.isVerbose || this.firstRuns.get(worker) === runId;
  }
}
