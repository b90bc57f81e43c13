import {
  Global,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { describeValue } from './core/definition/problem.js';
import { DuplicateModuleError, OptionsError, WorkerDefinitionError } from './core/errors.js';
import { findSchedulerRegistry } from './discovery/scheduler-registry.js';
import { WorkerExplorer } from './discovery/worker-explorer.js';
import { bootstrapLastAndDestroyFirst, instancesOf } from './hook-order.js';
import { Orchestration } from './orchestration.js';
import {
  ConfigurableOrchestratorModule,
  ORCHESTRATOR_OPTIONS,
  type OrchestratorAsyncOptions,
} from './orchestrator.module-definition.js';
import type { OrchestratorOptions, OrchestratorOptionsFactory } from './orchestrator-options.js';
import { OrchestratorService } from './orchestrator.service.js';

/**
 * A module of its own, because Nest destroys a module's providers before the module: the class that `useClass` names for
 * the options is one of {@link OrchestratorModule}'s, and must outlive the drain as well.
 */
@Module({ imports: [DiscoveryModule], providers: [WorkerExplorer] })
class LifecycleModule implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  /** Nest does not wait for the boot to end before it closes an application. */
  private isDestroyed = false;

  constructor(
    private readonly orchestration: Orchestration,
    private readonly explorer: WorkerExplorer,
    private readonly modules: ModulesContainer,
  ) {
    bootstrapLastAndDestroyFirst(modules, LifecycleModule);
  }

  /** @throws WorkerDefinitionError, DuplicateWorkerError, GraphValidationError */
  async onModuleInit(): Promise<void> {
    const registry = findSchedulerRegistry(this.modules);
    if (registry !== undefined) this.orchestration.listIn(registry);
    await this.orchestration.boot(this.explorer.explore());
    // Triggers that nothing will ever start must not be accepted.
    if (this.willStart) this.orchestration.engine.prepare();
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.willStart) return;
    const { autoStart } = this.orchestration;
    await this.orchestration.start(autoStart === 'triggers' ? 'triggers' : 'everything');
  }

  async onModuleDestroy(): Promise<void> {
    this.isDestroyed = true;
    await this.orchestration.close();
  }

  private get willStart(): boolean {
    return this.orchestration.autoStart !== false && !this.isDestroyed;
  }
}

/**
 * Finds the `@Worker` methods of all modules, starts them after every other provider has bootstrapped, and drains them
 * before any other provider is destroyed. {@link OrchestratorService} is available everywhere.
 *
 * Call `app.enableShutdownHooks()`, so that a signal drains too.
 *
 * @publicApi
 */
@Global()
@Module({
  imports: [LifecycleModule],
  providers: [Orchestration, OrchestratorService],
  exports: [Orchestration, OrchestratorService],
})
export class OrchestratorModule extends ConfigurableOrchestratorModule {
  /** @throws DuplicateModuleError, also where a second one is loaded lazily */
  constructor(modules: ModulesContainer) {
    super();
    if (instancesOf(modules, OrchestratorModule).length > 1) throw new DuplicateModuleError();
  }

  /**
   * Import it once, in the root module.
   *
   * @example
   * ```ts
   * @Module({ imports: [OrchestratorModule.forRoot({ maxConcurrentWorkers: 10, groups: { db: 2 } })] })
   * export class AppModule {}
   * ```
   */
  static override forRoot(options: OrchestratorOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * The same with options from other providers, by `useFactory`, `useClass` or `useExisting`.
   *
   * @example
   * ```ts
   * OrchestratorModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ overrides: config.get('workers') }),
   * })
   * ```
   */
  static override forRootAsync(options: OrchestratorAsyncOptions): DynamicModule {
    assertAsyncOptions(options);
    const { useFactory, useClass, useExisting } = options;
    const maker = useFactory === undefined ? (useExisting ?? useClass) : undefined;
    const module = super.forRootAsync(options);
    if (maker === undefined) return module;
    const asked = { provide: ORCHESTRATOR_OPTIONS, inject: [maker], useFactory: optionsOf };
    // Nest takes the later of two providers of one token; its own fails on a class without the method.
    return { ...module, providers: [...(module.providers ?? []), asked] };
  }
}

/** @throws OptionsError */
function optionsOf(
  maker: Partial<OrchestratorOptionsFactory> | undefined,
): ReturnType<OrchestratorOptionsFactory['createOrchestratorOptions']> {
  if (typeof maker?.createOrchestratorOptions === 'function') {
    return maker.createOrchestratorOptions();
  }
  throw new OptionsError(
    'OrchestratorModule.forRootAsync()',
    'createOrchestratorOptions',
    maker?.createOrchestratorOptions,
    'give the class of useClass or useExisting a method of that name (implements OrchestratorOptionsFactory)',
  );
}

/** @throws WorkerDefinitionError where Nest would tell of a dependency that it cannot resolve */
function assertAsyncOptions(options: unknown): void {
  const given = typeof options === 'object' && options !== null ? options : {};
  const { useFactory, useClass, useExisting } = given as Partial<OrchestratorAsyncOptions>;
  if ((useFactory ?? useClass ?? useExisting) !== undefined) return;
  throw new WorkerDefinitionError([
    {
      place: 'OrchestratorModule.forRootAsync()',
      option: 'options',
      value: describeValue(options),
      remedy: 'give one of useFactory, useClass and useExisting',
    },
  ]);
}
