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
        // A former process may have left workers disabled.
        for (const worker of this.listed.keys()) this.refresh(worker);
        return;
      case 'orchestrator.stopped':
        if (this.registry.doesExist('timeout', WAKE_UP)) this.registry.deleteTimeout(WAKE_UP);
        return;
      case 'worker.registered':
        this.list(event.worker);
        return;
      case 'worker.updated':
        this.list(event.worker, this.unlist(event.worker));
        return;
      case 'worker.unregistered':
        this.unlist(event.worker);
        return;
      case 'worker.paused':
      case 'worker.disabled':
      case 'worker.resumed':
      case 'worker.enabled':
        this.refresh(event.worker);
        return;
      case 'run.started':
        this.noteRun(event.worker, event.at);
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

  /** @param former how it was listed under its former options */
  private list(worker: string, former?: Listed): void {
    const { schedule, enabled } = this.engine.definition(worker);
    if (schedule.kind !== 'cron') return;
    if (this.registry.doesExist('cron', worker)) {
      this.refuse(worker, 'a cron job');
      return;
    }
    const { isActive = enabled, lastRunAt } = former ?? {};
    const listed: Listed = { cron: schedule.cron, isActive, lastRunAt };
    this.listed.set(worker, listed);
    this.registry.addCronJob(worker, this.entryOf(worker, listed) as never);
    this.refresh(worker);
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

  /** @returns how it was listed, if it was */
  private unlist(worker: string): Listed | undefined {
    const listed = this.listed.get(worker);
    if (!this.listed.delete(worker)) return undefined;
    // Its `stop()`, which the registry calls, must not pause a worker that goes on under new options.
    const entry = this.registry.getCronJobs().get(worker) as { stop?: () => void } | undefined;
    if (entry === undefined) return listed;
    entry.stop = () => undefined;
    this.registry.deleteCronJob(worker);
    return listed;
  }

  /** One that is resumed may be disabled still, and the other way round: the engine knows. */
  private refresh(worker: string): void {
    const listed = this.listed.get(worker);
    if (listed === undefined) return;
    this.engine.worker(worker).then(
      ({ state }) => {
        listed.isActive = state !== 'disabled' && state !== 'paused';
      },
      () => undefined, // It is gone.
    );
  }

  private noteRun(worker: string, at: Date): void {
    const listed = this.listed.get(worker);
    if (listed !== undefined) listed.lastRunAt = at;
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
