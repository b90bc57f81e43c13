import type { INestApplicationContext } from '@nestjs/common';
import { OrchestratorService, type TriggerOptions } from '../index.js';
import { Orchestration } from '../orchestration.js';
import {
  expectNeverConcurrent,
  expectNeverRan,
  expectOrder,
  expectRan,
  type RanExpectation,
  type Witness,
} from './expectations.js';
import { RehearsedOrchestration } from './rehearsed-orchestration.js';
import type { VirtualClock } from './virtual-clock.js';

/**
 * Runs the workers of an application under test, lets time pass for them, and tells what came of it.
 *
 * Expectations throw node's `AssertionError`, in vitest, jest and `node:test` alike, with the timeline of all runs. They
 * know what {@link OrchestratorService.events} tell: an attempt that timed out counts as over, though its function may
 * go on.
 *
 * @publicApi
 */
export class OrchestratorTestKit {
  /** The time that all workers live in. */
  readonly clock: VirtualClock;
  private readonly witness: Witness;
  private reasons: ReadonlyMap<string, string> = new Map();

  private constructor(
    private readonly orchestration: RehearsedOrchestration,
    private readonly orchestrator: OrchestratorService,
  ) {
    const { clock, timeline } = orchestration;
    this.clock = clock;
    this.witness = {
      clock,
      timeline,
      names: () => orchestrator.getGraph().nodes.map(({ name }) => name),
      reasonOf: (worker) => this.reasonOf(worker),
    };
    clock.onRest = () => this.learnReasons();
  }

  /**
   * The kit of an application whose module {@link OrchestratorTestingModule} has prepared.
   *
   * @throws Error where it has not
   */
  static of(app: INestApplicationContext): OrchestratorTestKit {
    const orchestration = app.get(Orchestration, { strict: false });
    if (!(orchestration instanceof RehearsedOrchestration)) {
      throw new Error(
        'The orchestrator of this application is not under test: import OrchestratorTestingModule.forRoot(), or call ' +
          'OrchestratorTestingModule.override(builder) before compile().',
      );
    }
    const known = kits.get(orchestration);
    if (known !== undefined) return known;
    const kit = new OrchestratorTestKit(
      orchestration,
      app.get(OrchestratorService, { strict: false }),
    );
    kits.set(orchestration, kit);
    return kit;
  }

  /**
   * Triggers the worker and awaits its run, which obeys every gate. Time passes as far as that needs (a backoff, a
   * delay, a `clock.wait()`), but not while the body awaits something real, unless another body waits on the clock.
   *
   * To keep time in your own hands, use `OrchestratorService.triggerWorker` and `clock.advance`.
   *
   * @returns what the worker returned
   * @throws Error where it waits, and nothing that is going on will let it start
   * @throws what the worker threw, and all that `triggerWorker` and `finished()` of its handle reject with
   */
  async run<Result = unknown>(worker: string, options?: TriggerOptions): Promise<Result> {
    const handle = await this.orchestrator.triggerWorker<Result>(worker, options);
    const result = handle.finished();
    await this.clock.advanceUntil(result, {
      isAtWork: () => this.orchestration.timeline.isRunning(handle.id),
      patience: Infinity,
      beforeTimePasses: () => this.assertMayStart(worker),
    });
    return result;
  }

  /** Time alone does not help a run for which nobody else has to do anything. */
  private async assertMayStart(worker: string): Promise<void> {
    const { areSchedulesAsked, timeline } = this.orchestration;
    if (areSchedulesAsked || timeline.isAtWork || this.clock.isWaitedOn) return;
    const explanations = await Promise.all(
      this.witness.names().map((name) => this.orchestrator.explain(name)),
    );
    if (explanations.some(({ earliestStartAt }) => earliestStartAt !== undefined)) return;
    await this.learnReasons();
    throw new Error(`The run cannot start. ${this.reasonOf(worker)}`);
  }

  /** From now on workers fall due by schedule, as they would after the application's start. */
  async startSchedules(): Promise<void> {
    await this.orchestrator.start();
  }

  /** Expectations are about what happens from now on. */
  forget(): void {
    this.orchestration.timeline.clear();
  }

  /** @throws AssertionError where no run of the worker started */
  expectRan(worker: string): RanExpectation {
    return expectRan(this.witness, worker);
  }

  /** @throws AssertionError where a run of the worker started */
  expectNeverRan(worker: string): void {
    expectNeverRan(this.witness, worker);
  }

  /**
   * The first run of each began after that of the one before had ended. A worker's second mention is its second run.
   *
   * @throws AssertionError
   */
  expectOrder(...workers: string[]): void {
    expectOrder(this.witness, workers);
  }

  /**
   * No two of them ran at the same time, and each did run. Of a single worker: no two of its runs.
   *
   * @throws AssertionError
   */
  expectNeverConcurrent(...workers: string[]): void {
    expectNeverConcurrent(this.witness, workers);
  }

  private async learnReasons(): Promise<void> {
    const names = this.witness.names();
    const explanations = await Promise.all(names.map((name) => this.orchestrator.explain(name)));
    this.reasons = new Map(explanations.map(({ worker, summary }) => [worker, summary]));
  }

  private reasonOf(worker: string): string {
    const summary = this.reasons.get(worker) ?? 'Time has not passed yet: await clock.advance().';
    if (this.orchestration.areSchedulesAsked) return summary;
    return `${summary} Schedules are off: await kit.startSchedules(), or trigger it by kit.run().`;
  }
}

const kits = new WeakMap<RehearsedOrchestration, OrchestratorTestKit>();
