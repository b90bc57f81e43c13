import type { EngineFactory } from '../index.js';
import type { VirtualClockOptions } from './virtual-clock.js';

/** How an orchestrator is put to the test. @publicApi */
export interface OrchestratorTestingOptions extends VirtualClockOptions {
  /** Whether workers fall due by schedule from the start. @default false: call `kit.startSchedules()` */
  readonly schedules?: boolean;
  /** In the place of the application's, whose store or server is not touched. @default inProcess() */
  readonly engine?: EngineFactory;
}
