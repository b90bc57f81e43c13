export type { Instant, RanExpectation } from './expectations.js';
export { OrchestratorTestKit } from './orchestrator-test-kit.js';
export { OrchestratorTestingModule } from './orchestrator-testing.module.js';
export type { OrchestratorTestingOptions } from './testing-options.js';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.js';
