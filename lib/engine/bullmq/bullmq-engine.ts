import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import {
  EngineUnavailableError,
  OrchestratorStoppedError,
  UnknownWorkerError,
} from '../../core/errors.js';
import type { WorkerGraph } from '../../core/graph/worker-graph.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import { Scheduler } from '../../core/scheduler.js';
import type { Explanation } from '../../core/view/explain.js';
import type { FleetView } from '../../core/view/fleet-view.js';
import type { Readiness } from '../../core/view/readiness.js';
import type { RunFilter, RunView } from '../../core/view/run-view.js';
import type { OrchestratorStatus } from '../../core/view/status-view.js';
import type { WorkerView } from '../../core/view/worker-view.js';
import type { OrchestratorPhase } from '../../core/state/scheduler-state.js';
import { Alarms } from '../../execution/alarms.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { DrainReport } from '../drain-report.js';
import type {
  AcceptedRun,
  Engine,
  EngineHost,
  EngineWorker,
  StartReach,
  WorkerInForce,
} from '../engine.js';
import { Drain } from '../in-process/drain.js';
import type { Asking } from './asking.js';
import type { BullMQSettings } from './bullmq-options.js';
import { DeclaredWorkers, definitionOf, textOf } from './declaration.js';
import { Executor } from './executor.js';
import type { DefinitionAnswer, Order } from './messages.js';
import { Replica } from './replica.js';

/** One replica's share of an engine that many replicas make together. */
export class BullMQEngine implements Engine {
  private readonly alarms: Alarms;
  /** Knows the workers of this application; leads nothing. */
  private readonly book: Scheduler;
  private readonly declared = new DeclaredWorkers();
  private readonly executor: Executor;
  private readonly id = `${hostname()}-${String(process.pid)}-${randomBytes(3).toString('hex')}`;
  private phase: OrchestratorPhase = 'stopped';
  private replica: Replica | undefined;
  private drain: Drain | undefined;
  /** The end of the last stop, which is not waited for longer than a moment. */
  private leaving: Promise<void> | undefined;

  constructor(
    private readonly host: EngineHost,
    private readonly settings: BullMQSettings,
  ) {
    this.alarms = new Alarms(host.clock);
    this.book = new Scheduler({ ...host.settings, runIdPrefix: '', random: Math.random });
    this.book.rememberNothing();
    this.executor = new Executor(
      this.alarms,
      host,
      settings.leaseMs,
      () => this.replica?.currentTerm ?? 0,
    );
  }

  // Workers

  async define(workers: readonly EngineWorker[]): Promise<void> {
    const definitions = workers.map(({ definition }) => definition);
    this.book.define(definitions, this.host.clock.now());
    for (const effect of this.book.takeEffects()) {
      if (effect.type === 'worker.registered') this.host.onEvent(effect);
    }
    for (const worker of workers) this.employ(worker);
    await this.introduce();
  }

  async redefine(worker: EngineWorker, updates: WorkerOptions = {}): Promise<void> {
    const { definition } = worker;
    const before = this.book.definition(definition.name);
    this.changeBook(definition);
    if (this.phase === 'stopped') {
      this.employ(worker);
      return;
    }
    try {
      await this.order({ type: 'update', text: textOf(definition), updates });
    } catch (error) {
      this.changeBook(before);
      throw error;
    }
    this.executor.house.employ(worker);
  }

  async remove(name: string): Promise<void> {
    this.book.remove(name, this.host.clock.now());
    this.book.takeEffects();
    this.declared.remove(name);
    await this.introduce();
    // It may be there again.
    if (!this.declared.has(name)) this.executor.house.dismiss(name);
  }

  async enable(name: string): Promise<void> {
    await this.order({ type: 'enable', worker: name });
  }

  async disable(name: string, reason: string): Promise<void> {
    await this.order({ type: 'disable', worker: name, reason });
  }

  async pause(name: string): Promise<void> {
    await this.order({ type: 'pause', worker: name });
  }

  async resume(name: string): Promise<void> {
    await this.order({ type: 'resume', worker: name });
  }

  // The orchestrator

  prepare(): void {
    if (this.phase !== 'stopped') return;
    this.phase = 'starting';
    void this.join().open();
  }

  async start(reach: StartReach = 'everything'): Promise<readonly WorkerView[] | undefined> {
    if (this.drain?.isGoingOn === true) throw new OrchestratorStoppedError('draining');
    this.drain = undefined;
    await this.leaving;
    // Whoever stops it meanwhile has the last word, here and below.
    if (this.isStopping()) return [];
    const replica = this.join();
    const wasRunning = this.phase === 'running';
    this.phase = 'starting';
    await replica.open();
    if (this.isStopping() || this.replica !== replica) return [];
    this.phase = 'running';
    this.executor.rise();
    if (!wasRunning) this.host.onEvent({ type: 'orchestrator.started', at: new Date() });
    await replica.start(reach);
    if (wasRunning) return [];
    return replica.leading?.reign.scheduler.viewDisabled(this.host.clock.now());
  }

  async stop(callerRunId?: string): Promise<DrainReport> {
    this.drain ??= new Drain(this.executor.house, this.alarms, this.host, {
      flush: () => undefined,
      begin: () => {
        if (this.phase !== 'stopped') {
          this.phase = 'draining';
          this.host.onEvent({ type: 'orchestrator.draining', at: new Date() });
        }
        this.executor.rest();
        return 0;
      },
      finish: () => (this.leaving = this.leave()),
    });
    return this.drain.report(callerRunId);
  }

  private isStopping(): boolean {
    return this.drain !== undefined;
  }

  private async leave(): Promise<void> {
    const { replica } = this;
    await replica?.close();
    if (this.replica === replica) this.replica = undefined;
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    this.host.onEvent({ type: 'orchestrator.stopped', at: new Date() });
  }

  async pauseAll(): Promise<void> {
    await this.order({ type: 'pause-all' });
  }

  async resumeAll(): Promise<void> {
    await this.order({ type: 'resume-all' });
  }

  // Runs

  async trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    if (this.phase === 'stopped' || this.phase === 'draining') {
      this.book.definition(name);
      throw new OrchestratorStoppedError(this.phase);
    }
    try {
      const asking = await this.join().asking();
      const run = await asking.trigger(name, request);
      return { id: run.runId, ended: (waiter) => asking.ended(run, waiter) };
    } catch (error) {
      // While nobody can be asked who else has it, it says who is unknown here.
      if (error instanceof EngineUnavailableError) this.book.definition(name);
      throw error;
    }
  }

  async cancel(
    runId: string,
    { why, abandon }: { readonly why: string; readonly abandon: boolean },
  ): Promise<boolean> {
    return (await this.order({ type: 'cancel', runId, why, abandon })) as boolean;
  }

  // Questions

  async status(): Promise<OrchestratorStatus> {
    try {
      const asking = await this.asking();
      const asked = asking.order({ type: 'status' }, this.settings.patienceMs);
      const { fleet = this.leaderless, ...status } = (await asked) as OrchestratorStatus;
      return { ...status, state: this.phase, fleet: { ...fleet, self: this.id } };
    } catch (error) {
      const engineProblem = failureLine(normaliseFailure(error));
      const status = this.book.status(this.host.clock.now());
      return { ...status, state: this.phase, engineProblem, fleet: this.leaderless };
    }
  }

  readiness(): Readiness {
    const engineProblem = this.replica?.problem;
    return { state: this.phase, ...(engineProblem !== undefined && { engineProblem }) };
  }

  async worker(name: string): Promise<WorkerView> {
    return (await this.order({ type: 'worker', worker: name })) as WorkerView;
  }

  async explain(name: string): Promise<Explanation> {
    return (await this.order({ type: 'explain', worker: name })) as Explanation;
  }

  async run(id: string): Promise<RunView | undefined> {
    return (await this.asking()).run(id);
  }

  async runs(filter: RunFilter): Promise<RunView[]> {
    return (await this.order({ type: 'runs', filter })) as RunView[];
  }

  nextWakeAt(): Date | undefined {
    return this.replica?.leading?.reign.nextWakeAt;
  }

  graph(): WorkerGraph {
    return this.book.graph();
  }

  definition(name: string): WorkerDefinition {
    return this.book.definition(name);
  }

  async inForce(name: string): Promise<WorkerInForce> {
    try {
      const told = await this.order({ type: 'definition', worker: name });
      const { text, updates } = told as DefinitionAnswer;
      return { definition: definitionOf(text), updates };
    } catch (error) {
      if (!(error instanceof UnknownWorkerError)) throw error;
      // The leader may not have heard of it yet.
      return { definition: this.book.definition(name) };
    }
  }

  private get leaderless(): FleetView {
    return { term: this.replica?.term ?? 0, leader: '', self: this.id, replicas: [] };
  }

  private employ(worker: EngineWorker): void {
    this.declared.declare(worker.definition, this.host.clock.now());
    this.executor.house.employ(worker);
  }

  private changeBook(definition: WorkerDefinition): void {
    this.book.redefine(definition, this.host.clock.now());
    this.book.takeEffects();
  }

  /** The leader asks for it again, where it does not hear of it now. */
  private async introduce(): Promise<void> {
    await this.replica?.introduce().catch(() => undefined);
  }

  private async order(command: Order): Promise<unknown> {
    return (await this.asking()).order(command);
  }

  private asking(): Promise<Asking> {
    if (this.phase !== 'stopped') return this.join().asking();
    throw new EngineUnavailableError('the orchestrator is stopped, and does not hear the others');
  }

  private join(): Replica {
    this.replica ??= new Replica(
      this.id,
      this.host,
      this.settings,
      this.alarms,
      this.executor,
      this.declared,
    );
    return this.replica;
  }
}
