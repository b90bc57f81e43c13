import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { Effect } from '../../core/effect.js';
import { RunCancelledError } from '../../core/errors.js';
import type { OrchestratorEvent } from '../../core/event.js';
import type { WorkerGraph } from '../../core/graph/worker-graph.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import { Scheduler } from '../../core/scheduler.js';
import type { Explanation } from '../../core/view/explain.js';
import type { RunView } from '../../core/view/run-view.js';
import type { OrchestratorStatus } from '../../core/view/status-view.js';
import type { WorkerView } from '../../core/view/worker-view.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import { Alarms } from '../../execution/alarms.js';
import type { DrainReport } from '../drain-report.js';
import type { AcceptedRun, Engine, EngineHost, EngineWorker } from '../engine.js';
import type { StateStore } from '../state-store.js';
import { AttemptHouse } from './attempt-house.js';
import { Drain } from './drain.js';
import { MemoryKeeper } from './memory-keeper.js';
import { newRunIdPrefix } from './run-id-prefix.js';
import { isEnding, RunEndings } from './run-endings.js';
import { WakeUp } from './wake-up.js';

/** Scheduler, timers and execution in one process. */
export class InProcessEngine implements Engine {
  private readonly alarms: Alarms;
  private readonly scheduler: Scheduler;
  private readonly endings = new RunEndings();
  private readonly attempts: AttemptHouse;
  private readonly wakeUp: WakeUp;
  private readonly keeper: MemoryKeeper | undefined;
  private memories: ReadonlyMap<string, WorkerMemory> | undefined;
  private followsWallClock = false;
  private drain: Drain | undefined;

  /** Effects in their order; a body or listener that gives commands adds to them. */
  private effects: Effect[] = [];
  private isCarryingOut = false;
  /** The save that effects wait for. */
  private saving: Promise<void> | undefined;

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
    this.keeper = store && new MemoryKeeper(store, this.alarms, clock, logger, this.outage());
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
    this.act((now) => {
      this.scheduler.define(
        workers.map(({ definition }) => definition),
        now,
        this.memories,
      );
      for (const worker of workers) this.attempts.employ(worker);
      this.followsWallClock = this.scheduler.followsWallClock;
    });
  }

  async redefine(worker: EngineWorker): Promise<void> {
    this.act((now) => {
      this.scheduler.redefine(worker.definition, now);
      this.attempts.employ(worker);
      this.followsWallClock = this.scheduler.followsWallClock;
    });
  }

  async remove(name: string): Promise<void> {
    this.act((now) => {
      this.scheduler.remove(name, now);
      this.followsWallClock = this.scheduler.followsWallClock;
    });
  }

  async enable(name: string): Promise<void> {
    this.act((now) => {
      this.scheduler.enable(name, now);
    });
  }

  async disable(name: string, reason: string): Promise<void> {
    this.act((now) => {
      this.scheduler.disable(name, reason, now);
    });
  }

  async pause(name: string): Promise<void> {
    this.act((now) => {
      this.scheduler.pause(name, now);
    });
  }

  async resume(name: string): Promise<void> {
    this.act((now) => {
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
    await this.recall();
    this.drain = undefined;
    this.act((now) => {
      this.scheduler.start(now);
    });
  }

  async stop(callerRunId?: string): Promise<DrainReport> {
    this.drain ??= new Drain(this.attempts, this.alarms, this.host, {
      begin: () => this.act((now) => this.scheduler.drain(now)),
      finish: async () => {
        this.act((now) => {
          this.scheduler.stopped(now);
        });
        await this.saving;
        await this.keeper?.close();
        this.memories = undefined;
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
    const { id, ending } = this.act((now) => {
      const runId = this.scheduler.trigger(name, request, now);
      return { id: runId, ending: this.endings.of(runId) };
    });
    await this.saving;
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

  /** Gives the scheduler a command, then does what follows from it. */
  private act<Result>(command: (now: number) => Result): Result {
    const { clock } = this.host;
    const now = clock.now();
    this.scheduler.wallClockSet(clock.wallOffset(), now);
    try {
      return command(now);
    } finally {
      this.follow(now);
    }
  }

  private follow(now: number): void {
    const effects = this.scheduler.takeEffects();
    const changes = this.scheduler.takeChanges();
    const saved = changes.length === 0 ? undefined : this.keeper?.save(changes);
    if (saved !== undefined || this.saving !== undefined) this.carryOutAfter(saved, effects);
    else this.carryOut(effects);
    this.wakeUp.set(this.scheduler.nextWakeAt, now, this.followsWallClock);
  }

  /** What a killed process must find again is saved before anything follows from it. */
  private carryOutAfter(saved: Promise<void> | undefined, effects: readonly Effect[]): void {
    const saving = Promise.all([this.saving, saved]).then(() => {
      if (this.saving === saving) this.saving = undefined;
      this.carryOut(effects);
    });
    this.saving = saving;
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
        this.attempts.start(effect.attempt);
        return;
      case 'abort-attempt': {
        const { runId, number, worker, why } = effect;
        this.attempts.abort(runId, number, new RunCancelledError(worker, runId, why), why);
        return;
      }
      case 'deadlock':
        this.endings.deadlock(effect.waiter, effect.awaited, effect.chain);
        return;
      case 'event':
        this.tell(effect.event);
    }
  }

  private tell(event: OrchestratorEvent): void {
    if (isEnding(event)) this.endings.settle(event);
    this.host.onEvent(event);
  }

  private async recall(): Promise<void> {
    if (this.keeper === undefined || this.memories !== undefined) return;
    const memories = await this.keeper.load();
    this.memories = memories;
    this.act((now) => {
      this.scheduler.recall(memories, now);
    });
  }

  private outage(): { begin: (problem: string) => void; end: () => void } {
    return {
      begin: (problem) => {
        this.host.logger.error(`${problem}; no run starts until it works again.`);
        this.act((now) => {
          this.scheduler.engineLost(problem, now);
        });
      },
      end: () => {
        this.act((now) => {
          this.scheduler.engineFound(now);
        });
      },
    };
  }
}
