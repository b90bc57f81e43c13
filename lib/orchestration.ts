import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { containedRandom } from './contained-random.js';
import {
  DuplicateWorkerError,
  OptionsError,
  OrchestratorStoppedError,
  WorkerDefinitionError,
} from './core/errors.js';
import type { OrchestratorEvent } from './core/event.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import { describeValue, type DefinitionProblem } from './core/definition/problem.js';
import type { TriggerRequest } from './core/life-cycle/trigger-run.js';
import type { DiscoveredEventHandler, Discovery } from './discovery/discovered.js';
import type { SchedulerRegistryLike } from './discovery/scheduler-registry.js';
import type { DrainReport } from './engine/drain-report.js';
import type { AcceptedRun, Engine, EngineWorker, StartReach } from './engine/engine.js';
import { currentRun } from './execution/current-run.js';
import { failureLine, normaliseFailure } from './execution/normalise-failure.js';
import { logEvent, logStart, logStillDisabled, oneLine } from './event-log.js';
import { EventStream } from './event-stream.js';
import { instrumented, type Instrumentation } from './instrumentation.js';
import { ORCHESTRATOR_OPTIONS } from './orchestrator.module-definition.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import { readSettings, type OrchestratorSettings } from './orchestrator-settings.js';
import { SchedulerListing } from './scheduler-listing.js';
import { unfailing } from './unfailing-logger.js';
import { WorkerRegistry, type DeclaredWorker } from './worker-registry.js';

/** The life of one orchestrator in its application: what the module drives, and the service speaks for. */
@Injectable()
export class Orchestration {
  readonly engine: Engine;
  /** All that happens, whoever decided it. */
  readonly stream: EventStream<OrchestratorEvent>;
  private readonly logger = unfailing(new Logger('Orchestrator'));
  private readonly settings: OrchestratorSettings;
  private readonly registry: WorkerRegistry;
  private readonly followers = new Set<(event: OrchestratorEvent) => void>();
  private eventHandlers: readonly DiscoveredEventHandler[] = [];
  private listing: SchedulerListing | undefined;
  /** Whether the log of the start has not told yet who is still disabled. */
  private owesStillDisabled = false;
  private instrumentation: Instrumentation | undefined;
  /** Registered by calls before the boot knew all workers; `undefined` since. */
  private early: Map<string, DeclaredWorker> | undefined = new Map();
  /** Registrations that the engine has not confirmed yet, which an update of the worker must not miss. */
  private registering: Promise<unknown> = Promise.resolve();
  /** The latest update, which the next one begins after: each adds to what the one before has left. */
  private updating: Promise<unknown> = Promise.resolve();

  /** @param options missing where the module is imported without `forRoot()`, which the boot tells */
  constructor(@Optional() @Inject(ORCHESTRATOR_OPTIONS) options?: OrchestratorOptions) {
    this.settings = readSettings(options);
    this.registry = new WorkerRegistry(this.settings);
    this.stream = new EventStream((fault) => {
      this.reportFault('A subscriber of the events', fault);
    });
    this.engine = this.settings.engine({
      settings: this.settings.engineSettings,
      clock: this.settings.clock,
      logger: this.logger,
      random: containedRandom(this.settings.random, (problem) => {
        this.logger.error(oneLine(problem));
      }),
      onEvent: (event, isHeard = false) => {
        this.tell(event);
        if (!isHeard) this.tellFollowers(event);
      },
      traceparentOf: (runId) => this.instrumentation?.traceparentOf(runId),
      onTakeOver: (run) => this.instrumentation?.takeOver(run),
    });
    assertEngine(this.engine);
  }

  /** @throws OrchestratorStoppedError before the boot knows the workers */
  get bootedEngine(): Engine {
    if (this.early !== undefined) throw new OrchestratorStoppedError('starting');
    return this.engine;
  }

  get autoStart(): OrchestratorSettings['autoStart'] {
    return this.settings.autoStart;
  }

  /** Whether each replica runs it by itself, whoever leads. */
  isOfEachReplica(worker: string): boolean {
    try {
      return this.engine.definition(worker).scope === 'replica';
    } catch {
      // It is unknown here, or no more.
      return false;
    }
  }

  /** From now on the registry shows the wake-up timer and the cron workers. */
  listIn(registry: SchedulerRegistryLike): void {
    this.listing = new SchedulerListing(registry, this.engine, this.settings.clock, this.logger);
  }

  get isInstrumented(): boolean {
    return this.instrumentation !== undefined;
  }

  /** From now on it is asked about each trigger, and calls the bodies of workers that are defined later. */
  instrument(instrumentation: Instrumentation): void {
    this.instrumentation = instrumentation;
  }

  /**
   * Calls back with what is decided here, not merely heard of: of all replicas taken together, with each event once.
   *
   * @returns calls back no more
   */
  follow(listener: (event: OrchestratorEvent) => void): () => void {
    this.followers.add(listener);
    return () => this.followers.delete(listener);
  }

  /**
   * Everything that the application declares, at once.
   *
   * @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError
   */
  async boot({ workers, ...discovered }: Discovery): Promise<void> {
    const declared = [...workers, ...(this.early?.values() ?? [])];
    const defined = this.registry.defineAll(declared, discovered);
    for (const warning of defined.warnings) this.logger.warn(oneLine(warning));
    this.eventHandlers = discovered.eventHandlers;
    // What is registered from now on, also by those who hear of these, would come too late for the list.
    this.early = undefined;
    await this.engine.define(defined.workers.map((worker) => this.instrumented(worker)));
  }

  async start(reach: StartReach = 'everything'): Promise<void> {
    const disabled = await this.engine.start(reach);
    for (const worker of disabled ?? []) logStillDisabled(this.logger, worker);
    this.owesStillDisabled ||= disabled === undefined;
    if (this.owesStillDisabled) void this.tellStillDisabled().catch(() => undefined);
  }

  stop(): Promise<DrainReport> {
    return this.engine.stop(currentRun()?.runId);
  }

  /** For good. */
  async close(): Promise<void> {
    await this.stop();
    this.listing?.close();
  }

  /** @throws UnknownWorkerError, and all that a trigger is refused with */
  trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    const traceparent = this.instrumentation?.traceparent();
    const traced = traceparent === undefined ? request : { ...request, traceparent };
    return this.bootedEngine.trigger(name, traced);
  }

  /** @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError */
  async register(declared: DeclaredWorker): Promise<void> {
    const { name, place } = declared;
    const worker = this.instrumented(this.registry.define(declared));
    if (this.early === undefined) {
      const registration = this.engine.define([worker]).then(() => {
        this.registry.remember(declared);
      });
      this.registering = Promise.allSettled([this.registering, registration]).then(() => undefined);
      await registration;
      return;
    }
    if (this.early.has(name)) throw new DuplicateWorkerError(name, [place, place]);
    // The workers that it refers to may not be known yet: the boot looks at all of them together.
    this.early.set(name, declared);
  }

  async unregister(name: string): Promise<void> {
    if (this.early?.delete(name) === true) return;
    const declared = this.registry.declaration(name);
    await this.bootedEngine.remove(name);
    // It may have been registered again meanwhile.
    if (this.registry.declaration(name) === declared) this.registry.forget(name);
  }

  /** @throws UnknownWorkerError, WorkerDefinitionError, GraphValidationError */
  update(name: string, options: WorkerOptions): Promise<void> {
    const update = this.updating.then(() => this.updateNow(name, options));
    this.updating = update.catch(() => undefined);
    return update;
  }

  private async updateNow(name: string, options: WorkerOptions): Promise<void> {
    await this.registering;
    const early = this.early?.get(name);
    const declared = early ?? this.registry.declaration(name);
    // It says what is known instead.
    if (declared === undefined) {
      this.bootedEngine.definition(name);
      return;
    }
    rejectUnfit(name, options);
    const before = early ?? (await this.updatedElsewhere(declared));
    const updated = this.registry.updated(before, options);
    const worker = this.instrumented(this.registry.define(updated));
    if (early !== undefined) {
      this.early?.set(name, updated);
      return;
    }
    await this.engine.redefine(worker, updated.updates);
    this.registry.remember(updated);
  }

  /** With what other replicas have changed of it, besides what cannot be sent. */
  private async updatedElsewhere(declared: DeclaredWorker): Promise<DeclaredWorker> {
    const { updates } = await this.engine.inForce(declared.name);
    if (updates === undefined) return declared;
    const own = Object.entries(declared.updates ?? {});
    const functions = own.filter(([, value]) => typeof value === 'function');
    return { ...declared, updates: { ...updates, ...Object.fromEntries(functions) } };
  }

  /** Who leads knows; where nobody does, whoever does next. */
  private async tellStillDisabled(): Promise<void> {
    const { engineProblem, workerStates } = await this.engine.status();
    if (engineProblem !== undefined || !this.owesStillDisabled) return;
    this.owesStillDisabled = false;
    for (const worker of workerStates) {
      const isOff = worker.state === 'disabled' && worker.disabledBy !== 'options';
      if (isOff && worker.scope !== 'replica') logStillDisabled(this.logger, worker);
    }
  }

  private instrumented(worker: EngineWorker): EngineWorker {
    return this.instrumentation === undefined ? worker : instrumented(worker, this.instrumentation);
  }

  private tell(event: OrchestratorEvent): void {
    if (event.type === 'orchestrator.started') logStart(this.logger, this.registry.names);
    else logEvent(this.logger, event);
    this.listing?.hear(event);
    const isLed = event.type === 'leader.elected' || event.type === 'engine.recovered';
    if (isLed && this.owesStillDisabled) void this.tellStillDisabled().catch(() => undefined);
    for (const handler of this.eventHandlers) {
      if (!handler.types.includes(event.type)) continue;
      if (handler.worker !== undefined && !('worker' in event && event.worker === handler.worker)) {
        continue;
      }
      this.call(handler, event);
    }
    this.stream.emit(event);
  }

  private tellFollowers(event: OrchestratorEvent): void {
    for (const follower of this.followers) {
      try {
        follower(event);
      } catch (fault) {
        this.reportFault('What follows the runs', fault);
      }
    }
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
    this.logger.error(oneLine(`${who} failed: ${failureLine(normaliseFailure(fault))}`));
  }
}

/** What is no update, or what one cannot change: so that it is not silently without effect. */
function rejectUnfit(worker: string, options: WorkerOptions): void {
  const remedies = {
    name: 'a worker keeps its name; register another one',
    enabled: 'call enableWorker() or disableWorker()',
  };
  const problemWith = (option: string, value: unknown, remedy: string): DefinitionProblem => ({
    place: `updateWorker(${JSON.stringify(worker)})`,
    worker,
    option,
    value: describeValue(value),
    remedy,
  });
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new WorkerDefinitionError([problemWith('options', given, 'give an object of options')]);
  }
  const problems = (['name', 'enabled'] as const)
    .filter((option) => options[option] !== undefined)
    .map((option) => problemWith(option, options[option], remedies[option]));
  if (problems.length > 0) throw new WorkerDefinitionError(problems);
}

/** @throws OptionsError where a factory of the application's own forgot to return one, or returns a promise of it */
function assertEngine(made: unknown): void {
  if (typeof made === 'object' && made !== null && 'define' in made && 'trigger' in made) return;
  const remedy =
    'return an engine from the function, not a promise; inProcess() is such a function';
  throw new OptionsError('OrchestratorModule', 'engine()', made, remedy);
}
