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
import { Passage } from './passage.js';
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
   * Triggers the worker and awaits its run, which obeys every gate. Time passes as far as that needs: a backoff, a delay,
   * a `clock.wait()` in its body or in a run whose end its body awaits.
   *
   * Time stands still while a body awaits something real (a file, a database), which is to say anything else, although
   * others may wait on the clock: the body of this run, or, while the run is held back, of any other.
   *
   * To keep time in your own hands, use `OrchestratorService.triggerWorker` and `clock.advance`.
   *
   * @returns what the worker returned
   * @throws Error where the run waits, and nothing that is going on will let it start; or where
   * {@link OrchestratorTestingOptions.patience} is spent. It tells what held it up
   * @throws what the worker threw, and all that `triggerWorker` and `finished()` of its handle reject with
   */
  async run<Result = unknown>(worker: string, options?: TriggerOptions): Promise<Result> {
    const handle = await this.orchestrator.triggerWorker<Result>(worker, options);
    await new Passage(this.orchestration, this.orchestrator, handle).finished();
    return handle.finished();
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
    const { areSchedulesAsked, realWork } = this.orchestration;
    const hints = [this.reasons.get(worker) ?? 'Time has not passed yet: await clock.advance().'];
    if (realWork.occupies(worker)) {
      hints.push(
        'Its body awaits something real, for which advance() does not wait: give that a stand-in.',
      );
    }
    if (!areSchedulesAsked) {
      hints.push('Schedules are off: await kit.startSchedules(), or trigger it by kit.run().');
    }
    return hints.join(' ');
  }
}

const kits = new WeakMap<RehearsedOrchestration, OrchestratorTestKit>();
