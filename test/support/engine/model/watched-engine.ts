import assert from 'node:assert/strict';
import type fc from 'fast-check';
import { defineWorker } from '../../../../lib/core/definition/define-worker.js';
import { DeadlockError, type OrchestratorError } from '../../../../lib/core/errors.js';
import type { WorkerOptions } from '../../../../lib/core/definition/worker-options.js';
import type { DrainReport } from '../../../../lib/engine/drain-report.js';
import type { AcceptedRun, Engine, EngineWorker } from '../../../../lib/engine/engine.js';
import { inProcess } from '../../../../lib/engine/in-process/in-process.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { ModelState, type ModelWorker } from '../../core/model/model-state.js';
import { refusalOf } from '../../core/model/model-views.js';
import { EngineLedger } from './engine-ledger.js';
import type { EnginePlan, PlannedWorker } from './engine-plan.js';
import { Handles } from './handles.js';
import { LiveBodies, type LiveBody } from './live-bodies.js';

const GROUPS = new Map([
  ['narrow', 1],
  ['wide', 2],
]);
const AGING_MS = 50;
export const HISTORY = 4;
export const SHUTDOWN_MS = 40;

const silent = (): void => undefined;

/** The in-process engine in virtual time, its workers' functions, and the model of both. */
export class WatchedEngine {
  readonly clock = new VirtualClock();
  readonly engine: Engine;
  readonly model: ModelState;
  readonly ledger: EngineLedger;
  readonly bodies: LiveBodies;
  readonly handles = new Handles();
  /** The engine's last one, once it has it. */
  report: DrainReport | undefined;
  isStopping = false;
  private readonly faults: unknown[] = [];

  constructor(
    readonly plan: EnginePlan,
    /** Draws the order of what could happen at once. */
    readonly order: fc.Scheduler,
  ) {
    const { maxConcurrentWorkers } = plan;
    this.model = new ModelState(
      { maxConcurrentWorkers, groups: GROUPS, agingStepMs: AGING_MS },
      [],
    );
    this.engine = inProcess()({
      settings: {
        maxConcurrentWorkers,
        groups: GROUPS,
        agingStepMs: AGING_MS,
        history: HISTORY,
        tickIntervalMs: 0,
        shutdownTimeoutMs: SHUTDOWN_MS,
      },
      clock: this.clock,
      logger: { log: silent, warn: silent, error: silent },
      random: () => 0.5,
      onEvent: (event) => {
        this.guard(() => {
          this.ledger.follow(event);
        });
      },
    });
    this.ledger = new EngineLedger(this.model, this.clock, (runId) => this.engine.run(runId));
    this.bodies = new LiveBodies(
      this.model,
      this.ledger,
      (label) => this.turn(label),
      (error) => this.faults.push(error),
    );
    this.ledger.passTime(0);
  }

  /** All that the plan says is registered, and the engine started. */
  async begin(): Promise<void> {
    const workers = this.plan.workers.map((worker) => this.employ(worker));
    this.call(this.engine.define(workers));
    this.call(this.engine.start());
    await this.rest();
  }

  /** Tells the model, too. */
  employ({ name, options, isQuick }: PlannedWorker): EngineWorker {
    const definition = defined(name, options);
    // Its first due instant is the first that is seen.
    this.model.addWorker(definition).nextInstant = undefined;
    return { definition, call: (run) => this.bodies.call(run, isQuick) };
  }

  // Time

  /** Its place in what happens meanwhile is drawn. */
  turn(label: string): Promise<unknown> {
    return this.order.schedule(Promise.resolve(), label);
  }

  /** Everything happens that does not wait for time. */
  async rest(): Promise<void> {
    do {
      // Its successor waits until all has come of the last; here their promises shall cross.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      while (this.order.count() > 0) await this.order.waitOne();
      await this.clock.advance(0);
    } while (this.order.count() > 0);
    this.ledger.passTime(0);
    if (this.faults.length > 0) throw this.faults[0];
  }

  async advance(ms: number): Promise<void> {
    await this.order.waitFor(this.clock.advance(ms));
    await this.rest();
  }

  // Calls

  /** Whatever fails in it fails the property. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.faults.push(error);
    }
  }

  call(answer: Promise<unknown>): void {
    answer.catch((error: unknown) => this.faults.push(error));
  }

  async trigger(worker: ModelWorker, delayMs: number): Promise<AcceptedRun | undefined> {
    const { name } = worker.definition;
    if (this.ledger.unregistered.has(worker)) return undefined;
    this.ledger.passTime(-1);
    const isBlurred = this.isBlurred(worker) || this.isMovedByWall(worker);
    const expected = refusalOf(this.model, worker, this.queueLength(worker));
    const isTimed = delayMs > 0 && (expected === undefined || isBlurred);
    const dueAt = this.clock.now() + delayMs;
    const entry = { worker, dueAt, scheduledAt: dueAt + this.clock.wallOffset() };
    if (isTimed) this.ledger.delayed.push(entry);
    try {
      const run = await this.engine.trigger(name, { delayMs });
      this.handles.watch(name, run);
      this.guard(() => {
        if (!isBlurred) assert.equal(undefined, expected, `why a trigger of ${name} is refused`);
      });
      return run;
    } catch (error) {
      if (isTimed) this.ledger.delayed.splice(this.ledger.delayed.indexOf(entry), 1);
      this.guard(() => {
        const { code } = error as OrchestratorError;
        if (!isBlurred) assert.equal(code, expected, `why a trigger of ${name} is refused`);
      });
      return undefined;
    }
  }

  /** Inside a run: for another, which it triggers first. */
  async awaitInside({ body, attempt }: LiveBody, other: ModelWorker): Promise<void> {
    const run = await this.trigger(other, 0);
    // Once told to abort, it is waited for by nobody.
    if (run === undefined || attempt.phase !== 'running') return;
    const { awaits } = this.model;
    const wait = { waiter: body.run.runId, awaited: run.id };
    awaits.push(wait);
    body.awaited = run.id;
    try {
      await run.ended(body.run.runId);
    } catch (error) {
      if (error instanceof DeadlockError) {
        this.ledger.log.push(`${this.clock.now()} deadlock ${error.message}`);
      }
    } finally {
      body.awaited = undefined;
      if (awaits.includes(wait)) awaits.splice(awaits.indexOf(wait), 1);
    }
  }

  stop(): Promise<DrainReport> {
    this.model.isDraining = true;
    this.isStopping = true;
    const report = this.engine.stop();
    // After what it made due, which may be due again.
    for (const worker of this.model.workers.values()) this.ledger.account.loseStep(worker);
    this.call(
      report.then((given) => {
        this.report = given;
        this.isStopping = false;
      }),
    );
    return report;
  }

  start(): void {
    if (!this.model.isDraining || this.isStopping) return;
    this.model.isDraining = false;
    this.call(this.engine.start());
  }

  // Finding

  registered(): ModelWorker[] {
    return [...this.model.workers.values()].filter(
      (worker) => !this.ledger.unregistered.has(worker),
    );
  }

  isBlurred(worker: ModelWorker): boolean {
    return this.ledger.blurred.has(worker) || worker.off?.probeAt === this.clock.now();
  }

  /** No due instant was seen since the wall clock was set: what the next command makes of that comes before the command. */
  private isMovedByWall({ definition, nextInstant }: ModelWorker): boolean {
    return definition.schedule.kind === 'cron' && nextInstant === undefined;
  }

  queueLength(worker: ModelWorker): number {
    return (
      this.model.runsOf(worker, 'waiting', 'backing-off').length + this.delayedOf(worker).length
    );
  }

  delayedOf(worker: ModelWorker): unknown[] {
    return this.ledger.delayed.filter((each) => each.worker === worker);
  }
}

function defined(name: string, options: WorkerOptions): EngineWorker['definition'] {
  const result = defineWorker({ place: name, name, options });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.definition;
}
