import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import { DuplicateWorkerError, WorkerDefinitionError } from '../../core/errors.js';
import type { OrchestratorEvent } from '../../core/event.js';
import type { WorkerGraph } from '../../core/graph/worker-graph.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
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
import { InProcessEngine } from '../in-process/in-process-engine.js';
import { bothReports, bothRuns, bothStatuses, earlier } from './both-scopes.js';
import { BullMQEngine } from './bullmq-engine.js';
import type { BullMQSettings } from './bullmq-options.js';
import { mayExecute } from './replica-role.js';

/** Runs workers of the scope `'replica'` on each replica by itself, and all others in the fleet. */
export class ScopedEngine implements Engine {
  private readonly fleet: BullMQEngine;
  private readonly local: InProcessEngine;
  /** The workers of this replica alone. */
  private readonly own = new Set<string>();
  /** How often everything was held or let go. */
  private holds = 0;
  private stops = 0;

  constructor(
    private readonly host: EngineHost,
    settings: BullMQSettings,
  ) {
    const onFleetEvent = (event: OrchestratorEvent, isHeard?: boolean): void => {
      host.onEvent(event, isHeard);
      this.follow(event);
    };
    const onLocalEvent = (event: OrchestratorEvent): void => {
      // Of the orchestrator as a whole the fleet tells.
      if ('worker' in event) host.onEvent(event);
    };
    this.fleet = new BullMQEngine({ ...host, onEvent: onFleetEvent }, settings);
    this.local = new InProcessEngine({ ...host, onEvent: onLocalEvent }, undefined);
  }

  // Workers

  async define(workers: readonly EngineWorker[]): Promise<void> {
    this.assertApart(workers.map(({ definition }) => definition));
    this.assertUnknownElsewhere(workers);
    const own = workers.filter(isOwn);
    await this.local.define(own);
    try {
      await this.fleet.define(workers.filter((worker) => !isOwn(worker)));
    } catch (error) {
      for (const { definition } of own) await this.local.remove(definition.name);
      throw error;
    }
    for (const { definition } of own) this.own.add(definition.name);
  }

  async redefine(worker: EngineWorker, updates?: WorkerOptions): Promise<void> {
    const { definition } = worker;
    const { name, scope } = definition;
    if (this.definition(name).scope !== scope) {
      throw problemWith(definition, 'scope', scope, 'register another worker instead');
    }
    this.assertApart([definition]);
    await this.engineOf(name).redefine(worker, updates);
  }

  async remove(name: string): Promise<void> {
    await this.engineOf(name).remove(name);
    this.own.delete(name);
  }

  enable(name: string): Promise<void> {
    return this.engineOf(name).enable(name);
  }

  disable(name: string, reason: string): Promise<void> {
    return this.engineOf(name).disable(name, reason);
  }

  pause(name: string): Promise<void> {
    return this.engineOf(name).pause(name);
  }

  resume(name: string): Promise<void> {
    return this.engineOf(name).resume(name);
  }

  // The orchestrator

  prepare(): void {
    if (this.isExecuting) this.local.prepare();
    this.fleet.prepare();
  }

  async start(reach?: StartReach): Promise<readonly WorkerView[] | undefined> {
    const { stops } = this;
    const disabled = await this.fleet.start(reach);
    // Everything may be held.
    await this.catchUp();
    if (this.isExecuting && stops === this.stops) await this.local.start(reach);
    return disabled;
  }

  async stop(callerRunId?: string): Promise<DrainReport> {
    this.stops++;
    const reports = await Promise.all([this.local.stop(callerRunId), this.fleet.stop(callerRunId)]);
    return bothReports(...reports);
  }

  pauseAll(): Promise<void> {
    return this.fleet.pauseAll();
  }

  resumeAll(): Promise<void> {
    return this.fleet.resumeAll();
  }

  // Runs

  async trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    const isHere = this.own.has(name);
    const run = await this.engineOf(name).trigger(name, request);
    return {
      id: run.id,
      // A wait from one scope for the other is in no circle that either could see.
      ended: async (waiter) =>
        run.ended((await this.isLocalRun(waiter)) === isHere ? waiter : undefined),
    };
  }

  async cancel(
    runId: string,
    options: { readonly why: string; readonly abandon: boolean },
  ): Promise<boolean> {
    const engine = (await this.isLocalRun(runId)) ? this.local : this.fleet;
    return engine.cancel(runId, options);
  }

  // Questions

  async status(): Promise<OrchestratorStatus> {
    return bothStatuses(await this.fleet.status(), await this.local.status());
  }

  readiness(): Readiness {
    return this.fleet.readiness();
  }

  worker(name: string): Promise<WorkerView> {
    return this.engineOf(name).worker(name);
  }

  explain(name: string): Promise<Explanation> {
    return this.engineOf(name).explain(name);
  }

  async run(id: string): Promise<RunView | undefined> {
    return (await this.local.run(id)) ?? this.fleet.run(id);
  }

  async runs(filter: RunFilter): Promise<RunView[]> {
    if (filter.worker !== undefined) return this.engineOf(filter.worker).runs(filter);
    if (this.own.size === 0) return this.fleet.runs(filter);
    return bothRuns(await this.fleet.runs(filter), await this.local.runs(filter), filter);
  }

  nextWakeAt(): Date | undefined {
    return earlier(this.fleet.nextWakeAt(), this.local.nextWakeAt());
  }

  graph(): WorkerGraph {
    return this.fleet.graph().beside(this.local.graph());
  }

  definition(name: string): WorkerDefinition {
    return this.engineOf(name).definition(name);
  }

  inForce(name: string): Promise<WorkerInForce> {
    return this.engineOf(name).inForce(name);
  }

  private get isExecuting(): boolean {
    return mayExecute(this.host.settings.role);
  }

  private engineOf(worker: string): Engine {
    return this.own.has(worker) ? this.local : this.fleet;
  }

  private async isLocalRun(id: string | undefined): Promise<boolean> {
    return id !== undefined && (await this.local.run(id)) !== undefined;
  }

  /** Everything is held everywhere. Whoever leads tells so, and knows it when somebody comes later. */
  private follow({ type }: OrchestratorEvent): void {
    if (type === 'orchestrator.paused' || type === 'orchestrator.resumed') {
      this.holds++;
      void this.hold(type === 'orchestrator.paused');
    } else if (type === 'leader.elected' || type === 'engine.recovered') {
      void this.catchUp();
    }
  }

  private async catchUp(): Promise<void> {
    if (this.own.size === 0) return;
    const { holds } = this;
    const { paused, engineProblem } = await this.fleet.status();
    // What was told meanwhile is newer.
    if (engineProblem === undefined && holds === this.holds) await this.hold(paused);
  }

  private hold(isPaused: boolean): Promise<void> {
    return isPaused ? this.local.pauseAll() : this.local.resumeAll();
  }

  /** @throws DuplicateWorkerError where one has the name of a worker of the other scope */
  private assertUnknownElsewhere(workers: readonly EngineWorker[]): void {
    for (const worker of workers) {
      const { name } = worker.definition;
      const elsewhere = (isOwn(worker) ? this.fleet : this.local).graph();
      if (elsewhere.nodes.some((known) => known.name === name)) {
        throw new DuplicateWorkerError(name, ['an earlier registration', 'this one']);
      }
    }
  }

  /** @throws WorkerDefinitionError where one refers to a worker of the other scope, which no gate of it can see */
  private assertApart(definitions: readonly WorkerDefinition[]): void {
    const coming = new Map(definitions.map((definition) => [definition.name, definition]));
    const scopeOf = (name: string): WorkerDefinition['scope'] =>
      coming.get(name)?.scope ?? (this.own.has(name) ? 'replica' : 'cluster');
    const isKnown = (name: string): boolean => coming.has(name) || this.own.has(name);
    for (const definition of definitions) {
      const { scope, dependsOn, blocks } = definition;
      for (const name of [...dependsOn.map(({ worker }) => worker), ...blocks]) {
        if (scopeOf(name) === scope || (scope === 'replica' && !isKnown(name))) continue;
        throw problemWith(
          definition,
          dependsOn.some(({ worker }) => worker === name) ? 'dependsOn' : 'blocks',
          name,
          'name workers of the same scope: what runs on each replica and what runs once in all cannot wait for each other',
        );
      }
    }
  }
}

function isOwn({ definition }: EngineWorker): boolean {
  return definition.scope === 'replica';
}

function problemWith(
  { name }: WorkerDefinition,
  option: string,
  value: string,
  remedy: string,
): WorkerDefinitionError {
  return new WorkerDefinitionError([
    { place: name, worker: name, option, value: JSON.stringify(value), remedy },
  ]);
}
