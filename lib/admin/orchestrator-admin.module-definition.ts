import { ConfigurableModuleBuilder, Logger, type Provider } from '@nestjs/common';
import { OrchestratorService } from '../index.js';
import { unfailing } from '../unfailing-logger.js';
import { Access } from './access.js';
import { ActionRate } from './action-rate.js';
import { adminControllerAt } from './admin.controller.js';
import { AdminDesk } from './admin-desk.js';
import type { OrchestratorAdminBehaviour, OrchestratorAdminMount } from './admin-options.js';
import { Audit } from './audit.js';
import { boundMethod } from './bound-method.js';
import { Shown } from './shown.js';
import { LiveFeed } from './stream/live-feed.js';

const STANDARD_PATH = 'orchestrator/api';
const ACTIONS_PER_MINUTE = 120;

/** Whether guards of the options stand before the routes. */
export const HAS_GUARDS = Symbol('OrchestratorAdminHasGuards');
/** Where the routes stand, without slashes around. */
export const ADMIN_PATH = Symbol('OrchestratorAdminPath');

const definition = new ConfigurableModuleBuilder<OrchestratorAdminBehaviour>({
  moduleName: 'OrchestratorAdmin',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createOrchestratorAdminOptions')
  .setExtras<OrchestratorAdminMount>(
    { path: STANDARD_PATH, guards: [], imports: [] },
    // One that is given as undefined is none.
    (module, { path = STANDARD_PATH, guards = [], imports = [] }) => ({
      ...module,
      imports: [...(module.imports ?? []), ...imports],
      controllers: [adminControllerAt({ path, guards })],
      providers: [
        ...(module.providers ?? []),
        { provide: HAS_GUARDS, useValue: guards.length > 0 },
        { provide: ADMIN_PATH, useValue: path.replace(/^\/|\/$/g, '') },
        ...workshop(),
      ],
      exports: [AdminDesk],
    }),
  )
  .build();

export const ConfigurableAdminModule = definition.ConfigurableModuleClass;
export const ADMIN_OPTIONS = definition.MODULE_OPTIONS_TOKEN;
export type OrchestratorAdminAsyncOptions = typeof definition.ASYNC_OPTIONS_TYPE;

/** What the routes work with; made for each import, as each has options of its own. */
function workshop(): Provider[] {
  const logger = unfailing(new Logger('OrchestratorAdmin'));
  return [
    {
      provide: AdminDesk,
      inject: [ADMIN_OPTIONS, HAS_GUARDS],
      useFactory: (options: OrchestratorAdminBehaviour | undefined, hasGuards: boolean) => {
        const { actionsPerMinute = ACTIONS_PER_MINUTE } = options ?? {};
        return new AdminDesk(
          new Access(boundMethod(options, options?.authorize), hasGuards, logger),
          new ActionRate(actionsPerMinute),
          new Audit(logger, boundMethod(options, options?.audit)),
        );
      },
    },
    {
      provide: Shown,
      inject: [ADMIN_OPTIONS],
      useFactory: (options: OrchestratorAdminBehaviour | undefined) => new Shown(options ?? {}),
    },
    {
      provide: LiveFeed,
      inject: [OrchestratorService, Shown],
      useFactory: (orchestrator: OrchestratorService, shown: Shown) =>
        new LiveFeed(orchestrator, shown, logger),
    },
  ];
}
