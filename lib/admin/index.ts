export type {
  AdminAction,
  AdminAuditRecord,
  AdminGrant,
  AdminRequestDetails,
  OrchestratorAdminBehaviour,
  OrchestratorAdminMount,
  OrchestratorAdminOptions,
} from './admin-options.js';
export type * from './answers.js';
export { OrchestratorAdminModule } from './orchestrator-admin.module.js';
export type { OrchestratorAdminAsyncOptions } from './orchestrator-admin.module-definition.js';
