import { Inject, Module, Optional, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import {
  assertBehaviour,
  assertGuarded,
  assertMount,
  type OrchestratorAdminOptions,
} from './admin-options.js';
import {
  ADMIN_OPTIONS,
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
  /** @throws OptionsError for options that make no sense, and where the whole network could act in production */
  constructor(
    @Optional() @Inject(ADMIN_OPTIONS) options: unknown,
    @Optional() @Inject(HAS_GUARDS) hasGuards: boolean | undefined,
    @Optional() @Inject(LiveFeed) private readonly feed: LiveFeed | undefined,
  ) {
    super();
    assertBehaviour(options);
    assertGuarded(options, hasGuards === true, process.env.NODE_ENV);
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
    assertMount(options);
    return super.forRootAsync(options);
  }

  onModuleDestroy(): void {
    this.feed?.close();
  }
}
