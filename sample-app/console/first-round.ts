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
  waiting({ worker, reason, heldBy }: EventOf<'run.waiting'>): void {
    this.show(worker, `waits: ${reason}${heldBy === undefined ? '' : ` by ${heldBy}`}`);
  }

  @OnWorkerEvent('run.started')
  started({ worker, attempt }: EventOf<'run.started'>): void {
    this.show(worker, attempt === 1 ? 'started' : `started, attempt ${attempt}`);
  }

  @OnWorkerEvent('run.succeeded')
  succeeded({ worker, durationMs }: EventOf<'run.succeeded'>): void {
    this.show(worker, `succeeded in ${Math.round(durationMs)} ms`);
  }

  @OnWorkerEvent(['run.succeeded', 'run.failed', 'run.timed-out'])
  ended({ worker }: EventOf<'run.succeeded' | 'run.failed' | 'run.timed-out'>): void {
    if (!this.config.isVerbose) this.shown.add(worker);
  }

  private show(worker: string, what: string): void {
    if (!this.shown.has(worker)) this.logger.log(`${worker} ${what}`);
  }
}
