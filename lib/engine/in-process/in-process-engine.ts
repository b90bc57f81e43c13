import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { AttemptOrder, Effect } from '../../core/effect.js';
import { OrchestratorStoppedError, RunCancelledError } from '../../core/errors.js';
import type { OrchestratorEvent } from '../../core/event.js';
import type { WorkerGraph } from '../../core/graph/worker-graph.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import { Scheduler } from '../../core/scheduler.js';
import type { Explanation } from '../../core/view/explain.js';
import type { RunView } from '../../core/view/run-view.js';
import type { OrchestratorStatus } from '../../core/view/status-view.js';
import type { WorkerView } from '../../core/view/worker-view.js';
import { Alarms } from '../../execution/alarms.js';
import { outsideRuns } from '../../execution/current-run.js';
import type { DrainReport } from '../drain-report.js';
import type { AcceptedRun, Engine, EngineHost, EngineWorker } from '../engine.js';
import type { StateStore } from '../state-store.js';
import { AttemptHouse } from './attempt-house.js';
import { Drain, STOPPING } from './drain.js';
import { MemoryKeeper } from './memory-keeper.js';
import { newRunIdPrefix } from './run-id-prefix.js';
import { isEnding, RunEndings } from './run-endings.js';
import { StartQueue } from './start-queue.js';
import { WakeUp } from './wake-up.js';

/** Scheduler, timers and execution in one process. */
export class InProcessEngine implements Engine {
  private readonly alarms: Alarms;
  private readonly scheduler: Scheduler;
  private readonly endings = new RunEndings();
  private readonly attempts: AttemptHouse;
  private readonly starts: StartQueue;
  private readonly wakeUp: WakeUp;
  private readonly keeper: MemoryKeeper | undefined;
  private followsWallClock = false;
  private wallOffset = 0;
  private hasRecalled = false;
  private drain: Drain | undefined;

  /** Effects in their order; a body or listener that gives commands adds to them. */
  private effects: Effect[] = [];
  private isCarryingOut = false;

  constructor(
    private readonly host: EngineHost,
    store: StateStore | undefined,
  ) {
    const { clock, logger, settings } = host;
    this.alarms = new Alarms(clock);
    this.scheduler = new Scheduler({
      maxConcurrentWorkers: settings.maxConcurrentWorkers,
      groups: settings.groups,
      agingStepMs: settings.agingStepMs,
      history: settings.history,
      runIdPrefix: newRunIdPrefix(),
      random: Math.random,
    });
    this.wakeUp = new WakeUp(this.alarms, settings.tickIntervalMs, () => {
      this.act((now) => {
        this.scheduler.tick(now);
      });
    });
    this.keeper =
      store &&
      new MemoryKeeper(store, this.alarms, clock, logger, {
        saved: () => {
          this.starts.advance();
        },
        outageBegan: (problem) => {
          this.act((now) => {
            this.scheduler.engineLost(problem, now);
          });
        },
        outageEnded: () => {
          this.act((now) => {
            this.scheduler.engineFound(now);
          });
        },
      });
    this.starts = new StartQueue(clock, () => this.keeper?.savedThrough ?? 0);
    this.attempts = new AttemptHouse(this.alarms, clock, {
      progressed: ({ runId }, fraction, message) => {
        this.act((now) => {
          this.scheduler.progressed(runId, fraction, message, now);
        });
      },
      ended: ({ runId, number }, outcome, value, isSettled) => {
        this.endings.note(runId, value);
        this.act((now) => {
          this.scheduler.attemptEnded(runId, number, outcome, isSettled, now);
        });
      },
      settled: ({ runId, number }) => {
        this.act((now) => {
          this.scheduler.attemptSettled(runId, number, now);
        });
      },
      abandoned: ({ runId, number }) => {
        this.act((now) => {
          this.scheduler.attemptAbandoned(runId, number, now);
        });
      },
    });
  }

  // Workers

  async define(workers: readonly EngineWorker[]): Promise<void> {
    await this.command((now) => {
      this.scheduler.define(
        workers.map(({ definition }) => definition),
        now,
        this.keeper?.memories,
      );
      for (const worker of workers) this.attempts.employ(worker);
      this.followsWallClock = this.scheduler.followsWallClock;
    });
  }

  async redefine(worker: EngineWorker): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.redefine(worker.definition, now);
      this.attempts.employ(worker);
      this.followsWallClock = this.scheduler.followsWallClock;
    });
  }

  async remove(name: string): Promise<void> {
    await this.informedCommand((now) => {
      this.scheduler.remove(name, now);
      this.attempts.dismiss(name);
      this.followsWallClock = this.scheduler.followsWallClock;
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
    this.act((now) => {
      this.scheduler.prepare(now);
    });
  }

  async start(): Promise<void> {
    if (this.scheduler.phase === 'running') return;
    if (this.drain?.isGoingOn === true) throw new OrchestratorStoppedError('draining');
    const { drain } = this;
    if (this.keeper !== undefined) await this.open(this.keeper);
    // Whoever stops it meanwhile has the last word.
    if (this.drain !== drain) return;
    this.drain = undefined;
    await this.command((now) => {
      this.scheduler.start(now);
    });
  }

  async stop(callerRunId?: string): Promise<DrainReport> {
    this.drain ??= new Drain(this.attempts, this.alarms, this.host, {
      flush: () => {
        this.starts.flush();
      },
      begin: () => this.act((now) => this.beginDrain(now)),
      finish: async () => {
        this.act((now) => {
          this.scheduler.stopped(now);
        });
        await this.keeper?.close();
      },
    });
    return this.drain.report(callerRunId);
  }

  async pauseAll(): Promise<void> {
    this.act((now) => {
      this.scheduler.pauseAll(now);
    });
  }

  async resumeAll(): Promise<void> {
    this.act((now) => {
      this.scheduler.resumeAll(now);
    });
  }

  // Runs

  async trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    const { id, ending } = await this.informedCommand((now) => {
      const runId = this.scheduler.trigger(name, request, now);
      return { id: runId, ending: this.endings.of(runId) };
    });
    return {
      id,
      ended: (waiter) => {
        if (waiter === undefined || ending.isSettled) return ending.wait();
        const wait = this.endings.waitInside(waiter, id, ending, () => {
          this.scheduler.stopAwaitingRun(waiter, id);
        });
        this.act((now) => {
          this.scheduler.awaitRun(waiter, id, now);
        });
        return wait;
      },
    };
  }

  async cancel(
    runId: string,
    { why, abandon }: { readonly why: string; readonly abandon: boolean },
  ): Promise<boolean> {
    return this.act((now) => {
      const wasLive = this.scheduler.cancel(runId, why, now);
      if (abandon) this.scheduler.abandon(runId, now);
      return wasLive;
    });
  }

  // Questions

  async status(): Promise<OrchestratorStatus> {
    return this.scheduler.status(this.host.clock.now());
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

  async runs(worker: string | undefined): Promise<RunView[]> {
    return this.scheduler.viewRuns(worker);
  }

  graph(): WorkerGraph {
    return this.scheduler.graph();
  }

  definition(name: string): WorkerDefinition {
    return this.scheduler.definition(name);
  }

  // Deciding and doing

  /** A command whose sense depends on what a former process left. */
  private async informedCommand<Result>(command: (now: number) => Result): Promise<Result> {
    if (this.keeper?.hasLoaded === false) await this.open(this.keeper);
    return this.command(command);
  }

  /** Done when what it changed is saved. */
  private async command<Result>(command: (now: number) => Result): Promise<Result> {
    const result = this.act(command);
    await this.keeper?.settled();
    return result;
  }

  private async open(keeper: MemoryKeeper): Promise<void> {
    await keeper.open();
    if (this.hasRecalled) return;
    this.hasRecalled = true;
    this.act((now) => {
      this.scheduler.recall(keeper.memories, now);
    });
  }

  private beginDrain(now: number): number {
    // What is not saved by now may never be.
    const unsure = this.starts.runIds();
    for (const runId of unsure) this.scheduler.cancel(runId, STOPPING, now);
    return unsure.length + this.scheduler.drain(now);
  }

  /** Gives the scheduler a command, then does what follows from it. */
  private act<Result>(command: (now: number) => Result): Result {
    const { clock } = this.host;
    const now = clock.now();
    this.setWallClock(clock.wallOffset(), now);
    try {
      return command(now);
    } finally {
      // Not as a part of the run that gave the command.
      outsideRuns(() => {
        this.follow(now);
      });
    }
  }

  private setWallClock(wallOffset: number, now: number): void {
    if (wallOffset === this.wallOffset) return;
    this.wallOffset = wallOffset;
    this.scheduler.wallClockSet(wallOffset, now);
  }

  private follow(now: number): void {
    const effects = this.scheduler.takeEffects();
    const changes = this.scheduler.takeChanges();
    if (changes.length > 0) this.keeper?.save(changes);
    this.carryOut(effects);
    this.wakeUp.set(this.scheduler.nextWakeAt, now, this.followsWallClock);
  }

  private carryOut(effects: readonly Effect[]): void {
    this.effects.push(...effects);
    if (this.isCarryingOut) return;
    this.isCarryingOut = true;
    for (let index = 0; index < this.effects.length; index++) {
      const effect = this.effects[index];
      if (effect !== undefined) this.perform(effect);
    }
    this.effects = [];
    this.isCarryingOut = false;
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'start-attempt':
        this.order(effect.attempt);
        return;
      case 'abort-attempt': {
        const { runId, number, worker, why } = effect;
        this.abort(runId, number, new RunCancelledError(worker, runId, why), why);
        return;
      }
      case 'deadlock':
        this.endings.deadlock(effect.waiter, effect.awaited, effect.chain);
        return;
      case 'event':
        this.tell(effect.event);
    }
  }

  /** What a killed process must find again is saved before the attempt begins. */
  private order(attempt: AttemptOrder): void {
    const { runId, number } = attempt;
    const begin = this.attempts.plan(attempt);
    if (begin !== undefined) {
      this.starts.add({ runId, number, begin, save: this.keeper?.askedThrough ?? 0 });
      return;
    }
    this.act((now) => {
      this.scheduler.cancel(runId, 'its worker was unregistered', now);
      this.scheduler.attemptSettled(runId, number, now);
    });
  }

  private abort(runId: string, number: number, reason: Error, why: string): void {
    this.attempts.abort(runId, number, reason, why);
    if (!this.starts.remove(runId, number)) return;
    this.act((now) => {
      this.scheduler.attemptSettled(runId, number, now);
    });
  }

  private tell(event: OrchestratorEvent): void {
    if (isEnding(event)) this.endings.settle(event);
    this.host.onEvent(event);
  }
}
