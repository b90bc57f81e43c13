import type { Discovery } from '../discovery/discovered.js';
import type { DrainReport } from '../engine/drain-report.js';
import type { StartReach } from '../engine/engine.js';
import type { RunContext } from '../execution/run-context.js';
import { inProcess } from '../index.js';
import { Orchestration } from '../orchestration.js';
import type { OrchestratorOptions } from '../orchestrator-options.js';
import type { DeclaredWorker } from '../worker-registry.js';
import { seededRandom } from './seeded-random.js';
import type { OrchestratorTestingOptions } from './testing-options.js';
import { Timeline } from './timeline.js';
import { VirtualClock } from './virtual-clock.js';

const MOST_TURNS_LATE = 3;
/** What real I/O gets to end in, before time runs out for it when the application closes. */
const TURNS_TO_STOP_IN = 1_000;

/** An orchestration in virtual time that is watched from its first event on. */
export class RehearsedOrchestration extends Orchestration {
  readonly timeline: Timeline;
  readonly clock: VirtualClock;
  areSchedulesAsked: boolean;
  private readonly lateness: (() => number) | undefined;

  constructor(
    options: OrchestratorOptions | undefined,
    { schedules = false, engine = inProcess(), ...time }: OrchestratorTestingOptions,
  ) {
    const clock = new VirtualClock(time);
    const random = seededRandom(time.seed ?? 0);
    // What is no object is refused by the boot, as without a test.
    const isObject = typeof options === 'object' && (options as object | null) !== null;
    const autoStart = schedules || 'triggers';
    super(isObject ? { ...options, engine, clock, random, autoStart } : options);
    this.areSchedulesAsked = schedules;
    this.clock = clock;
    this.timeline = new Timeline(clock);
    this.lateness = time.seed === undefined ? undefined : seededRandom(~time.seed);
    this.stream.events.subscribe((event) => {
      this.timeline.record(event);
    });
  }

  override async start(reach: StartReach = 'everything'): Promise<void> {
    if (reach === 'everything') this.areSchedulesAsked = true;
    await super.start(reach);
  }

  override boot(discovery: Discovery): Promise<void> {
    const workers = discovery.workers.map((worker) => ({
      ...worker,
      call: this.lately(worker.call),
    }));
    return super.boot({ ...discovery, workers });
  }

  override register(declared: DeclaredWorker): Promise<void> {
    return super.register({ ...declared, call: this.lately(declared.call) });
  }

  /** Nobody else lets time pass for what it waits for, as when the application closes. */
  override async stop(): Promise<DrainReport> {
    const report = super.stop();
    // A body may be at work, or the store.
    await this.clock.advanceUntil(report, { isAtWork: () => true, patience: TURNS_TO_STOP_IN });
    this.clock.forsakeWaits();
    return report;
  }

  /** With a seed, bodies that end at the same instant are seen to end in an order of chance. */
  private lately(call: DeclaredWorker['call']): DeclaredWorker['call'] {
    const { lateness } = this;
    // What is no function is refused by whom it is passed on to.
    if (lateness === undefined || typeof call !== 'function') return call;
    const holdBack = async (): Promise<void> => {
      for (let turns = Math.floor(lateness() * (MOST_TURNS_LATE + 1)); turns > 0; turns--) {
        await new Promise<void>((resolve) => {
          this.clock.defer(resolve);
        });
      }
    };
    return (run: RunContext) => {
      const result = call(run);
      return result instanceof Promise ? result.finally(holdBack) : result;
    };
  }
}
