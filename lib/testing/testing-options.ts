import type { Duration, EngineFactory } from '../index.js';
import type { VirtualClockOptions } from './virtual-clock.js';

/** How an orchestrator is put to the test. @publicApi */
export interface OrchestratorTestingOptions extends VirtualClockOptions {
  /** Whether workers fall due by schedule from the start. @default false: call `kit.startSchedules()` */
  readonly schedules?: boolean;
  /** In the place of the application's, whose store or server is not touched. @default inProcess() */
  readonly engine?: EngineFactory;
  /**
   * How much real time `kit.run()` spends while time stands still, or while time passes and the run does not end, before
   * it rejects and says why. A breakpoint costs none.
   *
   * @default '4s': before the timeouts of vitest and jest, which say nothing
   */
  readonly patience?: Duration;
}
