import './step-matchers.js';
import type { AttemptOutcome } from '../../../lib/core/attempt-outcome.js';
import { defineWorker } from '../../../lib/core/definition/define-worker.js';
import type { WorkerDefinition } from '../../../lib/core/definition/worker-definition.js';
import type { WorkerOptions } from '../../../lib/core/definition/worker-options.js';
import { parseDuration } from '../../../lib/core/duration.js';
import type { AttemptOrder, Effect } from '../../../lib/core/effect.js';
import { WorkerDefinitionError } from '../../../lib/core/errors.js';
import type { TriggerRequest } from '../../../lib/core/life-cycle/trigger-run.js';
import { Scheduler } from '../../../lib/core/scheduler.js';
import type { SchedulerSettings } from '../../../lib/core/state/scheduler-state.js';
import type { Explanation } from '../../../lib/core/view/explain.js';
import type { RunView } from '../../../lib/core/view/run-view.js';
import type { OrchestratorStatus } from '../../../lib/core/view/status-view.js';
import type { WorkerView } from '../../../lib/core/view/worker-view.js';
import type { WorkerMemory } from '../../../lib/core/worker-memory.js';
import { Step } from './step.js';

export * from './outcomes.js';

/** A number of milliseconds or a duration after the beginning, or an instant such as `'2026-03-08T07:00Z'`. */
export type At = number | string;

interface Settings extends Partial<Omit<SchedulerSettings, 'groups'>> {
  readonly groups?: Readonly<Record<string, number>>;
  /** The instant that durations count from. */
  readonly from?: string;
}

export interface Start {
  readonly worker: string;
  readonly runId: string;
  readonly attempt: number;
  /** All three in milliseconds after the beginning. */
  readonly at: number;
  readonly scheduledAt: number;
  readonly missed: number;
}

/** A worker as an application would declare it. */
export function worker(name: string, options: WorkerOptions = {}): WorkerDefinition {
  const defined = defineWorker({ place: `test("${name}")`, name, options });
  if ('problems' in defined) throw new WorkerDefinitionError(defined.problems);
  return defined.definition;
}

/** A started scheduler of these workers, with the defaults of the module. */
export function schedulerWith(...workers: WorkerDefinition[]): TestScheduler {
  return schedulerOf({}, ...workers);
}

/** The same with other settings. */
export function schedulerOf(settings: Settings, ...workers: WorkerDefinition[]): TestScheduler {
  const scheduler = new TestScheduler(settings);
  scheduler.define(...workers);
  scheduler.start();
  return scheduler;
}

/** A scheduler whose time and whose attempts are in the hands of the test. */
export class TestScheduler {
  readonly core: Scheduler;
  /** Every attempt so far. */
  readonly starts: Start[] = [];
  /** What a killed process would leave. */
  readonly memories = new Map<string, WorkerMemory>();
  /** Attempts that have not ended, oldest first. */
  running: AttemptOrder[] = [];
  /** Attempts that were aborted and have not settled, oldest first. */
  lingering: AttemptOrder[] = [];
  now: number;
  private wallOffset = 0;
  private readonly beginning: number;
  private untold: Effect[] = [];

  constructor(private readonly settings: Settings = {}) {
    const { from, groups = {}, ...others } = settings;
    this.beginning = from === undefined ? 0 : new Date(from).getTime();
    this.now = this.beginning;
    this.core = new Scheduler({
      maxConcurrentWorkers: 5,
      agingStepMs: 30_000,
      history: 50,
      tickIntervalMs: 0,
      runIdPrefix: 'r',
      random: () => 0.5,
      groups: new Map(Object.entries(groups)),
      ...others,
    });
  }

  // Time

  /** Time passes up to this instant, and every wake-up is on time. */
  tick(at: At): Step {
    this.passTo(at);
    return this.told();
  }

  /** Time passes, but nothing wakes before this instant. */
  stall(at: At): Step {
    this.now = this.instant(at);
    return this.step((core, now) => core.tick(now));
  }

  /** The wall clock is set to differ from steady time by so much. */
  setWallClock(offset: number, at: At): Step {
    this.wallOffset = offset;
    return this.step((core, now) => {
      core.wallClockSet(offset, now);
      core.tick(now);
    }, at);
  }

  /** In milliseconds after the beginning. */
  get nextWakeAt(): number | undefined {
    const at = this.core.nextWakeAt;
    return at === undefined ? undefined : at - this.beginning;
  }

  // Attempts

  /** The worker's oldest attempt ends so; a timed-out one goes on until `settle` or `abandon`. */
  end(name: string, outcome: AttemptOutcome, at?: At): Step {
    if (at !== undefined) this.passTo(at);
    const order = this.take('running', name);
    const isSettled = outcome.status !== 'timed-out';
    if (!isSettled) this.lingering.push(order);
    return this.step((core, now) =>
      core.attemptEnded(order.runId, order.number, outcome, isSettled, now),
    );
  }

  /** The worker's oldest aborted attempt settles. */
  settle(name: string, at?: At): Step {
    if (at !== undefined) this.passTo(at);
    const { runId, number } = this.take('lingering', name);
    return this.step((core, now) => core.attemptSettled(runId, number, now));
  }

  /** The worker's oldest aborted attempt ignores its signal for too long. */
  abandon(name: string, at?: At): Step {
    if (at !== undefined) this.passTo(at);
    const { runId, number } = this.lingering.find(({ worker }) => worker === name)!;
    return this.step((core, now) => core.attemptAbandoned(runId, number, now));
  }

  // Commands

  define(...workers: WorkerDefinition[]): void {
    this.give((core, now) => core.define(workers, now));
  }

  start(at?: At): void {
    this.give((core, now) => core.start(now), at);
  }

  trigger(name: string, request: TriggerRequest = {}, at?: At): Step {
    let runId = '';
    const { effects } = this.step((core, now) => (runId = core.trigger(name, request, now)), at);
    return new Step(effects, runId);
  }

  /** Any other command. */
  step(command: (core: Scheduler, now: number) => unknown, at?: At): Step {
    this.give(command, at);
    return this.told();
  }

  /** The process ends here and now, and another one takes its place. */
  replaced(at: At, ...workers: WorkerDefinition[]): TestScheduler {
    const next = new TestScheduler(this.settings);
    next.now = this.instant(at);
    next.core.define(workers.length > 0 ? workers : this.core.definitions(), next.now);
    next.core.recall(this.memories, next.now);
    next.start();
    return next;
  }

  // Questions

  explain(name: string): Explanation & Partial<Explanation['binding'] & object> {
    const explanation = this.core.explain(name, this.now);
    return { ...explanation, ...explanation.binding };
  }

  view(name: string): WorkerView {
    return this.core.viewWorker(name, this.now);
  }

  status(): OrchestratorStatus {
    return this.core.status(this.now);
  }

  runs(name?: string): RunView[] {
    return this.core.viewRuns(name === undefined ? {} : { worker: name });
  }

  /** When the worker's attempts began. */
  startsOf(name: string): number[] {
    return this.starts.filter((start) => start.worker === name).map(({ at }) => at);
  }

  private passTo(at: At): void {
    const until = this.instant(at);
    while (this.core.nextWakeAt !== undefined && this.core.nextWakeAt <= until) {
      this.now = Math.max(this.now, this.core.nextWakeAt);
      this.give((core, now) => core.tick(now));
      if (this.core.nextWakeAt <= this.now) throw new Error('It wants to be woken in the past.');
    }
    this.now = Math.max(this.now, until);
    this.give((core, now) => core.tick(now));
  }

  private give(command: (core: Scheduler, now: number) => unknown, at?: At): void {
    if (at !== undefined) this.passTo(at);
    try {
      command(this.core, this.now);
    } finally {
      for (const memory of this.core.takeChanges()) this.memories.set(memory.worker, memory);
      for (const effect of this.core.takeEffects()) this.note(effect);
    }
  }

  private note(effect: Effect): void {
    this.untold.push(effect);
    if (effect.type === 'start-attempt') {
      const { worker, runId, number, scheduledAt, missedCount } = effect.attempt;
      this.running.push(effect.attempt);
      this.starts.push({
        worker,
        runId,
        attempt: number,
        at: this.now - this.beginning,
        scheduledAt: scheduledAt - this.wallOffset - this.beginning,
        missed: missedCount,
      });
    }
    if (effect.type === 'abort-attempt') {
      const { runId, number } = effect;
      const aborted = this.running.find((each) => each.runId === runId && each.number === number)!;
      this.running = this.running.filter((each) => each !== aborted);
      this.lingering.push(aborted);
    }
  }

  private told(): Step {
    const step = new Step(this.untold);
    this.untold = [];
    return step;
  }

  private take(from: 'running' | 'lingering', name: string): AttemptOrder {
    const order = this[from].find(({ worker }) => worker === name);
    if (order === undefined) throw new Error(`No attempt of "${name}" is ${from}.`);
    this[from] = this[from].filter((each) => each !== order);
    return order;
  }

  private instant(at: At): number {
    if (typeof at === 'string' && at.includes('T')) return new Date(at).getTime();
    const afterMs = parseDuration(at);
    if (afterMs === undefined) throw new Error(`${String(at)} is no instant.`);
    return this.beginning + afterMs;
  }
}
