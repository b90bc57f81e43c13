import { Controller, UseFilters, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import type { OrchestratorAdminMount } from './admin-options.js';
import { AdminFilter } from './admin.filter.js';
import { AdminGuard } from './admin.guard.js';
import { AdminRoutes } from './admin-routes.js';
import { describeRoutes } from './open-api.js';

/** A class of its own for each path, because guards and paths are bound to classes. */
export function adminControllerAt({
  path,
  guards,
}: Required<Omit<OrchestratorAdminMount, 'imports'>>): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards, AdminGuard)
  @UseFilters(AdminFilter)
  class OrchestratorAdminController extends AdminRoutes {}
  describeRoutes(OrchestratorAdminController, AdminRoutes.prototype);
  return OrchestratorAdminController;
}
