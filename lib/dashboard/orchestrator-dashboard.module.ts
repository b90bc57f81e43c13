import {
  Inject,
  Logger,
  Module,
  Optional,
  type DynamicModule,
  type OnModuleInit,
} from '@nestjs/common';
import { assertForRoot } from '../admin/admin-options.js';
import { OrchestratorAdminModule, type OrchestratorAdminMount } from '../admin/index.js';
import { BuiltPage } from './built-page.js';
import { dashboardControllerAt } from './dashboard.controller.js';
import type {
  OrchestratorDashboardAsyncOptions,
  OrchestratorDashboardOptions,
} from './dashboard-options.js';
import { HOW_TO_BUILD } from './dashboard-routes.js';

const STANDARD_PATH = 'orchestrator';
const DASHBOARD_PATH = Symbol('OrchestratorDashboardPath');

/**
 * A live page of what runs, what waits and why, and of everything that an operator may do about it. It brings the routes
 * of `nestjs-orchestrator/admin`, on which it stands, with it; their options say who is let in.
 *
 * @publicApi
 */
@Module({ providers: [{ provide: BuiltPage, useFactory: () => new BuiltPage() }] })
export class OrchestratorDashboardModule implements OnModuleInit {
  /** @throws OptionsError without `forRoot()`: it would be served nowhere */
  constructor(
    @Inject(BuiltPage) private readonly page: BuiltPage,
    @Optional() @Inject(DASHBOARD_PATH) path: string | undefined,
  ) {
    assertForRoot(OrchestratorDashboardModule.name, path);
  }

  /**
   * @throws OptionsError as `OrchestratorAdminModule` does
   * @example
   * ```ts
   * OrchestratorDashboardModule.forRoot({
   *   authorize: (context, action) => mayThey(context.switchToHttp().getRequest().user, action),
   * })
   * ```
   */
  static forRoot(options: OrchestratorDashboardOptions = {}): DynamicModule {
    const path = pathOf(options.path);
    return mountedAt(
      path,
      options,
      OrchestratorAdminModule.forRoot({ ...options, path: `${path}/api` }),
    );
  }

  /** As {@link forRoot}, with options that come from other providers. */
  static forRootAsync(options: OrchestratorDashboardAsyncOptions): DynamicModule {
    const path = pathOf(options.path);
    const admin = OrchestratorAdminModule.forRootAsync({ ...options, path: `${path}/api` });
    return mountedAt(path, options, admin);
  }

  onModuleInit(): void {
    if (!this.page.isBuilt) new Logger('OrchestratorDashboard').warn(HOW_TO_BUILD);
  }
}

function pathOf(path = STANDARD_PATH): string {
  return path.replace(/^\/|\/$/g, '');
}

function mountedAt(
  path: string,
  { guards = [], imports = [] }: OrchestratorAdminMount,
  admin: DynamicModule,
): DynamicModule {
  return {
    module: OrchestratorDashboardModule,
    providers: [{ provide: DASHBOARD_PATH, useValue: path }],
    imports: [...imports, admin],
    controllers: [dashboardControllerAt(path, guards)],
  };
}
