export type {
  OrchestratorDashboardAsyncOptions,
  OrchestratorDashboardMount,
  OrchestratorDashboardOptions,
} from './dashboard-options.js';
export { OrchestratorDashboardModule } from './orchestrator-dashboard.module.js';
