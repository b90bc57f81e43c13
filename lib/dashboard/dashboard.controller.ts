import { Controller, UseFilters, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import type { OrchestratorAdminMount } from '../admin/index.js';
import { AdminFilter } from '../admin/admin.filter.js';
import { AdminGuard } from '../admin/admin.guard.js';
import { DashboardRoutes } from './dashboard-routes.js';

/** Behind the guards of the routes that the page asks: who may not read those sees no page either. */
export function dashboardControllerAt(
  path: string,
  guards: NonNullable<OrchestratorAdminMount['guards']>,
): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards, AdminGuard)
  @UseFilters(AdminFilter)
  class OrchestratorDashboardController extends DashboardRoutes {
    protected readonly segment = path.split('/').at(-1) ?? path;
  }
  return OrchestratorDashboardController;
}
