import type { LoggerService } from '@nestjs/common';
import type { OrchestratorEvent } from './core/event.js';
import type { CronPattern } from './core/schedule/cron-pattern.js';
import { cronEntry, wakeUpEntry } from './discovery/scheduler-entries.js';
import type { SchedulerRegistryLike } from './discovery/scheduler-registry.js';
import type { Engine } from './engine/engine.js';
import { oneLine } from './event-log.js';
import type { Clock } from './execution/clock.js';

const WAKE_UP = 'orchestrator';

interface Listed {
  readonly cron: CronPattern;
  isActive: boolean;
  lastRunAt: Date | undefined;
}

/** Shows the wake-up timer and the cron workers in the `SchedulerRegistry` of `@nestjs/schedule`. */
export class SchedulerListing {
  private readonly listed = new Map<string, Listed>();

  constructor(
    private readonly registry: SchedulerRegistryLike,
    private readonly engine: Engine,
    private readonly clock: Clock,
    private readonly logger: LoggerService,
  ) {}

  hear(event: OrchestratorEvent): void {
    switch (event.type) {
      case 'orchestrator.started':
        this.listWakeUp();
        return;
      case 'orchestrator.stopped':
        if (this.registry.doesExist('timeout', WAKE_UP)) this.registry.deleteTimeout(WAKE_UP);
        return;
      case 'worker.registered':
        this.list(event.worker);
        return;
      case 'worker.updated':
        this.unlist(event.worker);
        this.list(event.worker);
        return;
      case 'worker.unregistered':
        this.unlist(event.worker);
        return;
      case 'worker.paused':
      case 'worker.disabled':
        this.note(event.worker, { isActive: false });
        return;
      case 'worker.resumed':
      case 'worker.enabled':
        this.note(event.worker, { isActive: true });
        return;
      case 'run.started':
        this.note(event.worker, { lastRunAt: event.at });
        return;
      default:
    }
  }

  /** The application closes: the registry would stop each entry, and so pause each worker, and say so. */
  close(): void {
    for (const worker of [...this.listed.keys()]) this.unlist(worker);
  }

  private listWakeUp(): void {
    if (this.registry.doesExist('timeout', WAKE_UP)) this.refuse(WAKE_UP, 'a timeout');
    else
      this.registry.addTimeout(
        WAKE_UP,
        wakeUpEntry(() => this.engine.nextWakeAt()),
      );
  }

  private list(worker: string): void {
    const { schedule, enabled } = this.engine.definition(worker);
    if (schedule.kind !== 'cron') return;
    if (this.registry.doesExist('cron', worker)) {
      this.refuse(worker, 'a cron job');
      return;
    }
    const listed: Listed = { cron: schedule.cron, isActive: enabled, lastRunAt: undefined };
    this.listed.set(worker, listed);
    this.registry.addCronJob(worker, this.entryOf(worker, listed) as never);
  }

  private entryOf(worker: string, listed: Listed): object {
    const { engine, clock } = this;
    return cronEntry({
      pattern: listed.cron.pattern,
      timeZone: listed.cron.timeZone,
      isActive: () => listed.isActive,
      nextDueAt: () => {
        const next = listed.isActive
          ? listed.cron.next(clock.now() + clock.wallOffset())
          : undefined;
        return next === undefined ? undefined : new Date(next);
      },
      lastRunAt: () => listed.lastRunAt,
      resume: () => {
        this.attempt(engine.resume(worker));
      },
      pause: () => {
        this.attempt(engine.pause(worker));
      },
      trigger: () => {
        this.attempt(engine.trigger(worker, {}));
      },
    });
  }

  private unlist(worker: string): void {
    if (!this.listed.delete(worker)) return;
    // Its `stop()`, which the registry calls, must not pause a worker that goes on under new options.
    const entry = this.registry.getCronJobs().get(worker) as { stop?: () => void } | undefined;
    if (entry === undefined) return;
    entry.stop = () => undefined;
    this.registry.deleteCronJob(worker);
  }

  private note(worker: string, news: Partial<Listed>): void {
    const listed = this.listed.get(worker);
    if (listed !== undefined) Object.assign(listed, news);
  }

  /** The registry's methods return nothing that could be awaited. */
  private attempt(command: Promise<unknown>): void {
    command.catch((error: unknown) => {
      this.logger.warn(oneLine(`SchedulerRegistry: ${(error as Error).message}`));
    });
  }

  private refuse(name: string, what: string): void {
    this.logger.warn(
      oneLine(`"${name}" is not listed in the SchedulerRegistry: it has ${what} of that name.`),
    );
  }
}
