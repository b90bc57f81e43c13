import { Inject, Injectable, Logger } from '@nestjs/common';
import { WorkerDefinitionError } from './core/errors.js';
import type { OrchestratorEvent } from './core/event.js';
import type { DiscoveredEventHandler, Discovery } from './discovery/discovered.js';
import type { DrainReport } from './engine/drain-report.js';
import type { Engine } from './engine/engine.js';
import { currentRun } from './execution/current-run.js';
import { logEvent, oneLine } from './event-log.js';
import { EventStream } from './event-stream.js';
import { ORCHESTRATOR_OPTIONS } from './orchestrator.module-definition.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import { readSettings, type OrchestratorSettings } from './orchestrator-settings.js';
import { WorkerRegistry, type DeclaredWorker } from './worker-registry.js';

/** The life of one orchestrator in its application: what the module drives, and the service speaks for. */
@Injectable()
export class Orchestration {
  readonly engine: Engine;
  readonly stream: EventStream<OrchestratorEvent>;
  private readonly logger = new Logger('Orchestrator');
  private readonly settings: OrchestratorSettings;
  private readonly registry: WorkerRegistry;
  private eventHandlers: readonly DiscoveredEventHandler[] = [];
  /** Registered by calls before the boot knew all workers; `undefined` since. */
  private early: DeclaredWorker[] | undefined = [];

  constructor(@Inject(ORCHESTRATOR_OPTIONS) options: OrchestratorOptions) {
    this.settings = readSettings(options);
    this.registry = new WorkerRegistry(this.settings);
    this.stream = new EventStream((fault) => {
      this.reportFault('A subscriber of the events', fault);
    });
    this.engine = this.settings.engine({
      settings: this.settings.engineSettings,
      clock: this.settings.clock,
      logger: this.logger,
      onEvent: (event) => {
        this.tell(event);
      },
    });
  }

  get autoStarts(): boolean {
    return this.settings.autoStart;
  }

  /**
   * Everything that the application declares, at once.
   *
   * @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError
   */
  async boot({ workers, eventHandlers, problems }: Discovery): Promise<void> {
    const declared = [...workers, ...(this.early ?? [])];
    const defined = this.registry.defineAll(declared, problems);
    for (const warning of defined.warnings) this.logger.warn(oneLine(warning));
    this.eventHandlers = eventHandlers;
    await this.engine.define(defined.workers);
    this.early = undefined;
    if (this.settings.autoStart) this.engine.prepare();
  }

  async start(): Promise<void> {
    await this.engine.start();
    const { workerStates } = await this.engine.status();
    for (const { name, disabledBy, disabledReason, disabledAt } of workerStates) {
      if (disabledBy === undefined || disabledBy === 'options') continue;
      const since = disabledAt?.toISOString() ?? '';
      this.logger.warn(
        oneLine(`Worker "${name}" is still disabled since ${since}: ${disabledReason ?? ''}`),
      );
    }
  }

  stop(): Promise<DrainReport> {
    return this.engine.stop(currentRun()?.runId);
  }

  /** @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError */
  async register(declared: DeclaredWorker): Promise<void> {
    const worker = this.registry.define(declared);
    // The workers that it refers to may not be known yet: the boot looks at all of them together.
    if (this.early === undefined) await this.engine.define([worker]);
    else this.early.push(declared);
    this.registry.remember(declared);
  }

  async unregister(name: string): Promise<void> {
    await this.engine.remove(name);
    this.registry.forget(name);
  }

  /** @throws UnknownWorkerError, WorkerDefinitionError, GraphValidationError */
  async update(name: string, options: DeclaredWorker['options']): Promise<void> {
    this.engine.definition(name);
    const declared = this.registry.withOptions(name, options);
    if (declared === undefined) return;
    const place = `updateWorker(${JSON.stringify(name)})`;
    if ('name' in options && options.name !== name) {
      throw new WorkerDefinitionError([
        {
          place,
          worker: name,
          option: 'name',
          value: JSON.stringify(options.name),
          remedy: 'a worker keeps its name; register another one',
        },
      ]);
    }
    await this.engine.redefine(this.registry.define({ ...declared, place }));
    this.registry.remember(declared);
  }

  private tell(event: OrchestratorEvent): void {
    try {
      logEvent(this.logger, event);
    } catch {
      // A logger that fails must not stop the workers, and leaves nobody to tell.
    }
    for (const handler of this.eventHandlers) {
      if (!handler.types.includes(event.type)) continue;
      if (handler.worker !== undefined && !('worker' in event && event.worker === handler.worker)) {
        continue;
      }
      this.call(handler, event);
    }
    this.stream.emit(event);
  }

  private call(handler: DiscoveredEventHandler, event: OrchestratorEvent): void {
    const report = (fault: unknown): void => {
      this.reportFault(handler.place, fault);
    };
    try {
      Promise.resolve(handler.call(event)).catch(report);
    } catch (fault) {
      report(fault);
    }
  }

  private reportFault(who: string, fault: unknown): void {
    const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : typeof fault;
    this.logger.error(oneLine(`${who} failed: ${message}`));
  }
}
