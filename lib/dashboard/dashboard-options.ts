import type { OrchestratorAdminAsyncOptions, OrchestratorAdminOptions } from '../admin/index.js';

/** @publicApi */
export interface OrchestratorDashboardMount {
  /**
   * Where the page stands, below the application's global prefix; what it asks for stands below it, in `api/`.
   *
   * @default 'orchestrator'
   */
  readonly path?: string;
}

/** Options of {@link OrchestratorDashboardModule}: those of the control over HTTP hold for the page as well. @publicApi */
export type OrchestratorDashboardOptions = Omit<OrchestratorAdminOptions, 'path'> &
  OrchestratorDashboardMount;

/** @publicApi */
export type OrchestratorDashboardAsyncOptions = Omit<OrchestratorAdminAsyncOptions, 'path'> &
  OrchestratorDashboardMount;
