import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import { OrchestratorStoppedError } from '../../core/errors.js';
import type { WorkerGraph } from '../../core/graph/worker-graph.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { Explanation } from '../../core/view/explain.js';
import type { Readiness } from '../../core/view/readiness.js';
import type { RunFilter, RunView } from '../../core/view/run-view.js';
import type { OrchestratorStatus } from '../../core/view/status-view.js';
import type { WorkerView } from '../../core/view/worker-view.js';
import type { DrainReport } from '../drain-report.js';
import type {
  AcceptedRun,
  Engine,
  EngineHost,
  EngineWorker,
  StartReach,
  WorkerInForce,
} from '../engine.js';
import type { StateStore } from '../state-store.js';
import { Conductor } from './conductor.js';
import { Drain, STOPPING } from './drain.js';
import { InProcessRun } from './in-process-run.js';
import type { MemoryKeeper } from './memory-keeper.js';

/** Scheduler, timers and execution in one process. */
export class InProcessEngine implements Engine {
  private readonly conductor: Conductor;
  private readonly scheduler: Scheduler;
  private readonly keeper: MemoryKeeper | undefined;
  private hasRecalled = false;
  private drain: Drain | undefined;

  constructor(
    private readonly host: EngineHost,
    store: StateStore | undefined,
  ) {
    this.conductor = new Conductor(host, store);
    this.scheduler = this.conductor.scheduler;
    this.keeper = this.conductor.keeper;
  }

  // Workers

  async define(workers: readonly EngineWorker[]): Promise<void> {
    await this.command((now) => {
      this.scheduler.define(
        workers.map(({ definition }) => definition),
        now,
        this.keeper?.memories,
      );
      for (const worker of workers) {
        this.conductor.attempts.employ(worker);
        this.keeper?.join(worker.definition.name);
      }
    });
  }

  async redefine(worker: EngineWorker): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.redefine(worker.definition, now);
      this.conductor.attempts.employ(worker);
    });
  }

  async remove(name: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.remove(name, now);
      this.conductor.attempts.dismiss(name);
      this.keeper?.leave(name);
    });
  }

  async enable(name: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.enable(name, now);
    });
  }

  async disable(name: string, reason: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.disable(name, reason, now);
    });
  }

  async pause(name: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.pause(name, now);
    });
  }

  async resume(name: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.resume(name, now);
    });
  }

  // The orchestrator

  prepare(): void {
    this.conductor.act((now) => {
      this.scheduler.prepare(now);
    });
  }

  async start(reach: StartReach = 'everything'): Promise<readonly WorkerView[]> {
    this.assertNotStopping();
    if (this.scheduler.phase !== 'running') {
      this.forgetDrain();
      if (this.keeper !== undefined) await this.open(this.keeper);
      // Whoever stops it meanwhile has the last word.
      if (this.drain !== undefined) return [];
    }
    return this.command((now) => {
      // Another call may have started it meanwhile.
      const wasRunning = this.scheduler.phase === 'running';
      if (reach === 'everything') this.scheduler.start(now);
      else this.scheduler.startWithoutSchedules(now);
      return wasRunning ? [] : this.scheduler.viewDisabled(now);
    });
  }

  async stop(callerRunId?: string): Promise<DrainReport> {
    this.drain ??= this.beginStop();
    return this.drain.report(callerRunId);
  }

  async pauseAll(): Promise<void> {
    this.conductor.act((now) => {
      this.scheduler.pauseAll(now);
    });
  }

  async resumeAll(): Promise<void> {
    this.conductor.act((now) => {
      this.scheduler.resumeAll(now);
    });
  }

  // Runs

  async trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    this.assertNotStopping();
    if (this.keeper?.hasLoaded === false) await this.open(this.keeper);
    const run = this.conductor.act((now) => {
      const id = this.scheduler.trigger(name, request, now);
      return new InProcessRun(id, this.conductor.endings.of(id), this.conductor);
    });
    if (this.keeper !== undefined) await this.keeper.settled();
    return run;
  }

  async cancel(
    runId: string,
    { why, abandon }: { readonly why: string; readonly abandon: boolean },
  ): Promise<boolean> {
    const wasLive = this.conductor.act((now) => {
      const hadNotEnded = this.scheduler.cancel(runId, why, now);
      if (abandon) this.scheduler.abandon(runId, now);
      return hadNotEnded;
    });
    if (abandon) this.conductor.attempts.abandon(runId);
    return wasLive;
  }

  // Questions

  async status(): Promise<OrchestratorStatus> {
    return this.scheduler.status(this.host.clock.now());
  }

  readiness(): Readiness {
    return this.scheduler.readiness;
  }

  async worker(name: string): Promise<WorkerView> {
    return this.scheduler.viewWorker(name, this.host.clock.now());
  }

  async explain(name: string): Promise<Explanation> {
    return this.scheduler.explain(name, this.host.clock.now());
  }

  async run(id: string): Promise<RunView | undefined> {
    return this.scheduler.viewRun(id);
  }

  async runs(filter: RunFilter): Promise<RunView[]> {
    return this.scheduler.viewRuns(filter);
  }

  nextWakeAt(): Date | undefined {
    const { at } = this.conductor.wakeUp;
    return at === undefined ? undefined : new Date(at + this.host.clock.wallOffset());
  }

  async inForce(name: string): Promise<WorkerInForce> {
    return { definition: this.definition(name) };
  }

  graph(): WorkerGraph {
    return this.scheduler.graph();
  }

  definition(name: string): WorkerDefinition {
    return this.scheduler.definition(name);
  }

  // Commands

  /** A command whose sense depends on what a former process left. */
  private informedCommand<Result>(command: (now: number) => Result): Promise<Result> {
    if (this.keeper?.hasLoaded !== false) return this.command(command);
    return this.open(this.keeper).then(() => this.command(command));
  }

  /** Done when what it changed is saved. */
  private async command<Result>(command: (now: number) => Result): Promise<Result> {
    const result = this.conductor.act(command);
    if (this.keeper !== undefined) await this.keeper.settled();
    return result;
  }

  /** It may be stopping already while its scheduler does what was decided before. */
  private assertNotStopping(): void {
    if (this.drain?.isGoingOn === true) throw new OrchestratorStoppedError('draining');
  }

  private forgetDrain(): void {
    this.drain = undefined;
    this.conductor.alarms.keepProcessAlive();
  }

  private async open(keeper: MemoryKeeper): Promise<void> {
    await keeper.open();
    if (this.hasRecalled) return;
    this.hasRecalled = true;
    this.conductor.act((now) => {
      this.scheduler.recall(keeper.memories, now);
    });
  }

  private beginStop(): Drain {
    const { attempts, alarms } = this.conductor;
    alarms.keepProcessAlive();
    return new Drain(attempts, alarms, this.host, {
      flush: () => {
        const { starts, isBusy } = this.conductor;
        if (!isBusy) {
          starts.flush();
          return;
        }
        return Promise.resolve().then(() => {
          starts.flush();
        });
      },
      begin: () => this.conductor.act((now) => this.beginDrain(now)),
      finish: async () => {
        this.conductor.act((now) => {
          this.scheduler.stopped(now);
        });
        await this.keeper?.close();
      },
      leave: () => {
        this.keeper?.giveUp();
        // The run inside which it was called may still have its timeout.
        alarms.letProcessEnd();
      },
    });
  }

  private beginDrain(now: number): number {
    // What is not saved by now may never be.
    const unsure = this.conductor.starts.runIds();
    for (const runId of unsure) this.scheduler.cancel(runId, STOPPING, now);
    return unsure.length + this.scheduler.drain(now);
  }
}
