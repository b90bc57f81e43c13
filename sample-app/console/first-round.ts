import { Injectable, Logger } from '@nestjs/common';
import { OnWorkerEvent, type EventOf } from 'nestjs-orchestrator';
import { AppConfig } from '../config/app-config.js';

/** Shows each worker's first run, and with `VERBOSE` every run. What goes wrong, the library logs by itself. */
@Injectable()
export class FirstRound {
  private readonly logger = new Logger('Workers');
  private readonly shown = new Set<string>();

  constructor(private readonly config: AppConfig) {}

  @OnWorkerEvent('run.waiting')
  waits({ worker, reason, heldBy }: EventOf<'run.waiting'>): void {
    if (this.shown.has(worker)) return;
    this.logger.log(`${worker} waits: ${reason}${heldBy === undefined ? '' : ` by ${heldBy}`}`);
  }

  @OnWorkerEvent('run.started')
  started({ worker, attempt }: EventOf<'run.started'>): void {
    if (this.shown.has(worker)) return;
    this.logger.log(`${worker} started${attempt > 1 ? `, attempt ${attempt}` : ''}`);
  }

  @OnWorkerEvent('run.succeeded')
  succeeded({ worker, durationMs }: EventOf<'run.succeeded'>): void {
    if (this.shown.has(worker)) return;
    this.logger.log(`${worker} succeeded in ${Math.round(durationMs)} ms`);
    if (!this.config.isVerbose) this.shown.add(worker);
  }
}
