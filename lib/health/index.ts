export type { WorkerFinding } from './diagnosis.js';
export type { OrchestratorHealthOptions } from './health-options.js';
export { OrchestratorHealthIndicator } from './orchestrator.health-indicator.js';
export { OrchestratorHealthModule } from './orchestrator-health.module.js';
