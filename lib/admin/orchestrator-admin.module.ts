import { Inject, Module, Optional, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { instancesOf } from '../hook-order.js';
import {
  assertBehaviour,
  assertAlone,
  assertAsync,
  assertGuarded,
  assertKnown,
  assertMount,
  type OrchestratorAdminOptions,
} from './admin-options.js';
import {
  ADMIN_OPTIONS,
  ADMIN_PATH,
  ConfigurableAdminModule,
  HAS_GUARDS,
  type OrchestratorAdminAsyncOptions,
} from './orchestrator-admin.module-definition.js';
import { LiveFeed } from './stream/live-feed.js';

/**
 * Control over HTTP: what runs and why not, and everything an operator may do about it. There is no route unless this
 * module is imported; see {@link OrchestratorAdminOptions.authorize} for who is let in.
 *
 * @publicApi
 */
@Module({})
export class OrchestratorAdminModule extends ConfigurableAdminModule implements OnModuleDestroy {
  /**
   * @throws OptionsError for options that make no sense, where the whole network could act in production, and where
   * another import has the same routes, of which only one could say who is let in
   */
  constructor(
    modules: ModulesContainer,
    @Optional() @Inject(ADMIN_PATH) path: string | undefined,
    @Optional() @Inject(ADMIN_OPTIONS) options: unknown,
    @Optional() @Inject(HAS_GUARDS) hasGuards: boolean | undefined,
    @Optional() @Inject(LiveFeed) private readonly feed: LiveFeed | undefined,
  ) {
    super();
    assertBehaviour(options);
    assertGuarded(options, hasGuards === true, process.env.NODE_ENV);
    const isAtPath = (module: {
      readonly providers: ReadonlyMap<unknown, { instance: unknown }>;
    }) => module.providers.get(ADMIN_PATH)?.instance === path;
    assertAlone(path, instancesOf(modules, OrchestratorAdminModule).filter(isAtPath).length);
  }

  /**
   * @example
   * ```ts
   * OrchestratorAdminModule.forRoot({
   *   authorize: (context, action) => {
   *     const { user } = context.switchToHttp().getRequest();
   *     return user?.may(`workers:${action}`) && { who: user.name };
   *   },
   * })
   * ```
   */
  static override forRoot(options: OrchestratorAdminOptions = {}): DynamicModule {
    assertKnown(options);
    assertMount(options);
    return super.forRoot(options);
  }

  /**
   * The same with options from other providers; `path`, `guards` and `imports` stand beside the factory.
   *
   * @example
   * ```ts
   * OrchestratorAdminModule.forRootAsync({
   *   imports: [AuthModule],
   *   inject: [AuthService],
   *   useFactory: (auth: AuthService) => ({ authorize: (context, action) => auth.ask(context, action) }),
   * })
   * ```
   */
  static override forRootAsync(options: OrchestratorAdminAsyncOptions): DynamicModule {
    assertAsync(options);
    return super.forRootAsync(options);
  }

  onModuleDestroy(): void {
    this.feed?.close();
  }
}
