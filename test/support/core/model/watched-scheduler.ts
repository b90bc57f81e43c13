import { expect } from 'vitest';
import type { AttemptOutcome } from '../../../../lib/core/attempt-outcome.js';
import type { Effect } from '../../../../lib/core/effect.js';
import type { OrchestratorError } from '../../../../lib/core/errors.js';
import type { OrchestratorEvent } from '../../../../lib/core/event.js';
import type { Scheduler } from '../../../../lib/core/scheduler.js';
import type { WorkerView } from '../../../../lib/core/view/worker-view.js';
import { TestScheduler, worker as define } from '../scheduler-with.js';
import { failed, failedWith, lost, skipped, succeeded, timedOut } from '../outcomes.js';
import type { Command, Outcome, Plan } from './arbitraries.js';
import { choice, holdsOf, waiting } from './model-choice.js';
import { isInCircle, waitCircle } from './wait-circle.js';
import { endRun, stopWaiting } from './model-endings.js';
import { ModelState, type ModelAttempt, type ModelRun, type ModelWorker } from './model-state.js';
import { holdsOnTimeout, refusalOf, stateOf, turnOff } from './model-views.js';

const GROUPS = { narrow: 1, wide: 2 };
const HISTORY = 4;
const AGING_MS = 50;

const OUTCOMES: Record<Outcome, AttemptOutcome> = {
  succeeded,
  failed,
  lost,
  skipped,
  final: failedWith('never'),
  'timed-out': timedOut,
  cancelled: { status: 'cancelled', why: 'test' },
};

/** The core, with a model that looks over its shoulder after each command. */
export class WatchedScheduler {
  readonly scheduler: TestScheduler;
  readonly model: ModelState;
  /** Everything that the core had done. */
  readonly log: Effect[] = [];
  private readonly priorities = new Map<string, number>();
  private readonly delayed = new Map<
    string,
    { readonly worker: ModelWorker; readonly dueAt: number }
  >();
  private wallOffset = 0;

  constructor(plan: Plan) {
    const { maxConcurrentWorkers } = plan;
    const definitions = plan.workers.map(({ name, options }) => define(name, options));
    this.scheduler = new TestScheduler({
      maxConcurrentWorkers,
      groups: GROUPS,
      agingStepMs: AGING_MS,
      history: HISTORY,
    });
    this.model = new ModelState(
      {
        maxConcurrentWorkers,
        groups: new Map(Object.entries(GROUPS)),
        agingStepMs: AGING_MS,
      },
      definitions,
    );
    this.scheduler.define(...definitions);
    this.step((core, now) => core.start(now));
  }

  all(commands: readonly Command[]): this {
    for (const command of commands) this.do(command);
    return this;
  }

  do(command: Command): void {
    switch (command.do) {
      case 'advance':
        this.advance(command.ms);
        return;
      case 'stall':
        this.scheduler.now += command.ms;
        this.step((core, now) => core.tick(now));
        return;
      case 'end':
        this.end(pick(this.attempts('running'), command.pick), command.outcome);
        return;
      case 'settle':
        this.settle(pick(this.attempts('lingering', 'abandoned'), command.pick));
        return;
      case 'abandon':
        this.abandon(pick(this.attempts('lingering'), command.pick));
        return;
      case 'cancel':
      case 'cancel-and-abandon':
        this.cancel(pick(this.live(), command.pick), command.do === 'cancel-and-abandon');
        return;
      case 'trigger':
        this.trigger(this.worker(command.pick), command);
        return;
      case 'enable':
      case 'disable':
      case 'pause':
      case 'resume':
        this.control(this.worker(command.pick), command.do);
        return;
      case 'await':
        this.await(
          pick(this.attempts('running'), command.pick)?.run,
          pick(this.live(), command.other),
        );
        return;
      case 'wall-clock':
        this.wallOffset = command.offset;
        this.step((core, now) => {
          core.wallClockSet(command.offset, now);
          core.tick(now);
        });
        return;
      default:
        this.controlAll(command.do);
    }
  }

  // Commands

  advance(ms: number): void {
    const until = this.scheduler.now + ms;
    for (;;) {
      const wake = this.scheduler.core.nextWakeAt ?? Infinity;
      if (wake > until) break;
      this.scheduler.now = Math.max(this.scheduler.now, wake);
      this.step((core, now) => core.tick(now));
    }
    this.scheduler.now = until;
    this.step((core, now) => core.tick(now));
  }

  end(attempt: ModelAttempt | undefined, outcome: Outcome): void {
    if (attempt === undefined) return;
    const { run, number } = attempt;
    stopWaiting(this.model, run.id);
    if (outcome === 'timed-out') attempt.phase = 'lingering';
    else run.worker.attempts.delete(attempt);
    this.step((core, now) =>
      core.attemptEnded(run.id, number, OUTCOMES[outcome], outcome !== 'timed-out', now),
    );
  }

  settle(attempt: ModelAttempt | undefined): void {
    if (attempt === undefined) return;
    const { run, number } = attempt;
    const { name } = run.worker.definition;
    const before = endingsOf(this.scheduler.view(name));
    run.worker.attempts.delete(attempt);
    this.step((core, now) => core.attemptSettled(run.id, number, now));
    expect(endingsOf(this.scheduler.view(name)), 'a late settlement counts nothing').toEqual(
      before,
    );
  }

  control(worker: ModelWorker, command: 'enable' | 'disable' | 'pause' | 'resume'): void {
    const { name } = worker.definition;
    if (command === 'pause' || command === 'resume') worker.isPaused = command === 'pause';
    else if (command === 'enable') {
      worker.off = undefined;
      worker.failures = 0;
    } else turnOff(worker);
    this.step((core, now) =>
      command === 'disable' ? core.disable(name, 'test', now) : core[command](name, now),
    );
  }

  controlAll(command: 'pause-all' | 'resume-all' | 'engine-lost' | 'engine-found' | 'drain'): void {
    const { model } = this;
    if (command === 'pause-all' || command === 'resume-all')
      model.isPaused = command === 'pause-all';
    else if (command === 'drain') model.isDraining = true;
    else model.isCutOff = command === 'engine-lost';
    const methods: Record<typeof command, (core: Scheduler, now: number) => unknown> = {
      'pause-all': (core, now) => core.pauseAll(now),
      'resume-all': (core, now) => core.resumeAll(now),
      'engine-lost': (core, now) => core.engineLost('test', now),
      'engine-found': (core, now) => core.engineFound(now),
      drain: (core, now) => core.drain(now),
    };
    this.step(methods[command]);
  }

  trigger(worker: ModelWorker, request: { priority?: number; delayMs: number }): void {
    const { name, priority } = worker.definition;
    const expected = this.refusal(worker);
    let code: string | undefined;
    this.step((core, now) => {
      try {
        const id = core.trigger(name, request, now);
        this.priorities.set(id, request.priority ?? priority);
        if (request.delayMs > 0) this.delayed.set(id, { worker, dueAt: now + request.delayMs });
      } catch (error) {
        code = (error as OrchestratorError).code;
      }
    });
    expect(code, 'refusal of a trigger').toBe(expected);
  }

  private abandon(attempt: ModelAttempt | undefined): void {
    if (attempt === undefined) return;
    attempt.phase = 'abandoned';
    attempt.holds = holdsOnTimeout(this.model, attempt.run.worker);
    const { run, number } = attempt;
    this.step((core, now) => core.attemptAbandoned(run.id, number, now));
  }

  private cancel(run: ModelRun | undefined, andAbandon: boolean): void {
    if (run === undefined) return;
    this.step((core, now) => core.cancel(run.id, 'test', now));
    if (!andAbandon) return;
    for (const attempt of run.worker.attempts) {
      if (attempt.run !== run) continue;
      attempt.phase = 'abandoned';
      attempt.holds = false;
    }
    // It may have left the history already, where it had no attempt to abandon.
    if (this.scheduler.core.viewRun(run.id) === undefined) return;
    this.step((core, now) => core.abandon(run.id, now));
  }

  private await(waiter: ModelRun | undefined, awaited: ModelRun | undefined): void {
    if (waiter === undefined || awaited === undefined || waiter === awaited) return;
    this.model.awaits.push({ waiter: waiter.id, awaited: awaited.id });
    this.step((core, now) => core.awaitRun(waiter.id, awaited.id, now));
  }

  // Watching

  private step(command: (core: Scheduler, now: number) => unknown): void {
    const { model, scheduler } = this;
    model.now = scheduler.now;
    this.endCoolDowns(model.now - 1);
    const { effects } = scheduler.step(command);
    const disabled: string[] = [];
    for (const effect of effects) {
      this.log.push(effect);
      if ('at' in effect) this.follow(effect, disabled);
      else if (effect.type === 'abort-attempt') this.abort(effect.runId, effect.number);
      else if (effect.type === 'deadlock') this.rejectWait(effect.waiter, effect.awaited);
    }
    this.endCoolDowns(model.now);
    expect(disabled, 'to be disabled').toEqual([]);
    this.compare();
  }

  /** @param disabled names of workers that are to be disabled, and said to be */
  private follow(event: OrchestratorEvent, disabled: string[]): void {
    const { model } = this;
    this.endBackoffs();
    switch (event.type) {
      case 'run.due':
        this.accept(event.worker, event.runId, event.scheduledAt.getTime(), event.missedCount);
        return;
      case 'run.started':
        this.start(event.runId);
        return;
      case 'run.retrying': {
        const run = this.run(event.runId);
        expect(run.status).toBe('running');
        expect(run.attempts, 'retries').toBeLessThanOrEqual(run.worker.definition.maxRetries);
        run.status = 'backing-off';
        run.backoffEndsAt = model.now + event.delayMs;
        model.ticks++;
        return;
      }
      case 'run.succeeded':
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost':
      case 'run.cancelled':
        this.endOf(event.runId, event.type.slice(4), disabled);
        return;
      case 'run.skipped':
        if (event.runId === undefined || event.isStandIn === true) {
          this.account(event.worker, event.scheduledAt.getTime(), event.count);
        } else {
          // Its turn had come, so cool-downs that end now have ended.
          if (event.reason === 'MISFIRE') this.endCoolDowns(model.now);
          this.endOf(event.runId, 'skipped', disabled);
        }
        return;
      case 'worker.disabled':
        if (event.by === 'failures') {
          expect(disabled, 'disabled at the threshold, once').toContain(event.worker);
          disabled.splice(disabled.indexOf(event.worker), 1);
        }
    }
  }

  private accept(name: string, id: string, scheduledAt: number, missed: number): void {
    const worker = this.model.workers.get(name)!;
    const origin = this.scheduler.core.viewRun(id)?.origin;
    if (origin === 'schedule') this.account(name, scheduledAt, 1 + missed);
    expect(this.model.runs.has(id), 'accepted once').toBe(false);
    const dueAt = this.delayed.get(id)?.dueAt ?? scheduledAt - this.wallOffset;
    this.delayed.delete(id);
    this.model.runs.set(id, {
      id,
      worker,
      dueAt,
      priority: this.priorities.get(id) ?? worker.definition.priority,
      sequence: parseInt(id.slice(1), 36),
      status: 'waiting',
      attempts: 0,
      backoffEndsAt: 0,
    });
  }

  private start(id: string): void {
    const run = this.run(id);
    const { worker } = run;
    expect(run.status).toBe('waiting');
    expect(holdsOf(this.model, run), `what holds ${id} of ${worker.definition.name}`).toEqual([]);
    expect(id, 'the one whose turn it is').toBe(choice(this.model)?.id);
    run.status = 'running';
    run.attempts++;
    worker.attempts.add({ run, number: run.attempts, phase: 'running', holds: true });
    worker.lastStart = ++this.model.ticks;
    if (worker.off !== undefined) worker.off.probe = run;
  }

  private endOf(id: string, status: string, disabled: string[]): void {
    if (this.delayed.delete(id)) return;
    const run = this.run(id);
    expect(run.status, `${id} ends once`).not.toBe('ended');
    if (endRun(this.model, run, status)) disabled.push(run.worker.definition.name);
  }

  private abort(runId: string, number: number): void {
    const attempt = this.attempts('running').find(
      (each) => each.run.id === runId && each.number === number,
    )!;
    attempt.phase = 'lingering';
    stopWaiting(this.model, runId);
  }

  private rejectWait(waiter: string, awaited: string): void {
    const { awaits } = this.model;
    const isIt = (each: (typeof awaits)[number]): boolean =>
      each.waiter === waiter && each.awaited === awaited;
    const wait = awaits.find(isIt);
    expect(wait, 'a wait to reject').toBeDefined();
    this.endBackoffs();
    expect(isInCircle(this.model, wait!), 'a wait that is in vain').toBe(true);
    // A run that waits twice for another is told twice.
    awaits.splice(0, awaits.length, ...awaits.filter((each) => !isIt(each)));
  }

  /** Every due instant of a fixed rate is accounted for, in order, once. */
  private account(name: string, scheduledAt: number, count: number): void {
    const worker = this.model.workers.get(name)!;
    const { schedule } = worker.definition;
    if (worker.nextInstant === undefined || schedule.kind !== 'fixed-rate') return;
    expect(scheduledAt - this.wallOffset, `next due instant of ${name}`).toBe(worker.nextInstant);
    worker.nextInstant += count * schedule.intervalMs;
  }

  private endCoolDowns(through: number): void {
    if (this.model.isDraining) return;
    for (const { off } of this.model.workers.values()) {
      if (off?.probeAt !== undefined && off.probeAt <= through) off.isDue = true;
    }
  }

  private endBackoffs(): void {
    for (const run of this.model.runs.values()) {
      if (run.status === 'backing-off' && run.backoffEndsAt <= this.model.now)
        run.status = 'waiting';
    }
  }

  // After each step

  private compare(): void {
    const { model, scheduler } = this;
    this.endBackoffs();
    expect(choice(model)?.id, 'a run that could start').toBeUndefined();
    for (const worker of model.workers.values()) {
      const { name, maxPending, concurrency } = worker.definition;
      const view = scheduler.view(name);
      const waitingRuns = model.runsOf(worker, 'waiting').length + this.delayedOf(worker);
      expect(view, name).toMatchObject({
        state: stateOf(model, worker),
        enabled: worker.off === undefined,
        failures: worker.failures,
        running: model.holders(worker),
        waiting: waitingRuns,
        abandoned: [...worker.attempts].filter(({ phase }) => phase === 'abandoned').length,
      });
      // A started run may come back for another attempt, and a probe or a step knows no bound.
      expect(this.queueLength(worker), `bound of ${name}`).toBeLessThanOrEqual(
        maxPending + concurrency + 1,
      );
      this.compareSchedule(worker);
      this.compareExplanation(worker);
    }
    expect(waitCircle(model), 'a circle of runs that wait for each other').toBeUndefined();
    const ended = scheduler.runs().filter(({ endedAt }) => endedAt !== undefined);
    expect(ended.length, 'history').toBeLessThanOrEqual(HISTORY * model.workers.size);
    this.forgetEnded();
  }

  private compareSchedule(worker: ModelWorker): void {
    const { isPaused, isDraining, now } = this.model;
    const { schedule } = worker.definition;
    if (worker.nextInstant === undefined || schedule.kind !== 'fixed-rate') return;
    if (isPaused || isDraining || worker.isPaused || worker.off !== undefined) return;
    expect(worker.nextInstant, 'no due instant is forgotten').toBeGreaterThan(now);
    expect(worker.nextInstant).toBeLessThanOrEqual(now + schedule.intervalMs);
  }

  private compareExplanation(worker: ModelWorker): void {
    const { reasons, run } = this.scheduler.explain(worker.definition.name);
    if (run === undefined) return;
    const expected = holdsOf(this.model, this.run(run.id));
    const found = reasons.map(({ reason }) => reason as string);
    // Nothing is reserved while nothing may start anyway.
    const isIdle = ['PAUSED', 'DRAINING', 'ENGINE_UNAVAILABLE', 'CAPACITY'].some((code) =>
      expected.includes(code),
    );
    const withoutReservation = (codes: string[]): string[] =>
      isIdle ? codes.filter((code) => code !== 'RESERVED') : codes;
    expect(withoutReservation(found), `reasons of ${run.id}`).toEqual(withoutReservation(expected));
  }

  private refusal(worker: ModelWorker): string | undefined {
    this.model.now = this.scheduler.now;
    this.endBackoffs();
    return refusalOf(this.model, worker, this.queueLength(worker));
  }

  // Finding

  attempts(...phases: ModelAttempt['phase'][]): ModelAttempt[] {
    return [...this.model.workers.values()].flatMap(({ attempts }) =>
      [...attempts].filter(({ phase }) => phases.includes(phase)),
    );
  }

  live(): ModelRun[] {
    return [...this.model.runs.values()].filter(({ status }) => status !== 'ended');
  }

  waiting(): ModelRun[] {
    return waiting(this.model);
  }

  worker(index: number): ModelWorker {
    return pick([...this.model.workers.values()], index)!;
  }

  private run(id: string): ModelRun {
    const run = this.model.runs.get(id);
    if (run === undefined) throw new Error(`Nobody accepted ${id}.`);
    return run;
  }

  private queueLength(worker: ModelWorker): number {
    return this.model.runsOf(worker, 'waiting', 'backing-off').length + this.delayedOf(worker);
  }

  private delayedOf(worker: ModelWorker): number {
    return [...this.delayed.values()].filter((each) => each.worker === worker).length;
  }

  /** Ended runs matter no more, but that they do not end again: their ids do not come back. */
  private forgetEnded(): void {
    for (const run of this.model.runs.values()) {
      if (run.status === 'ended') this.model.runs.delete(run.id);
    }
  }
}

/** What the end of a run may change; a place that becomes free may start or skip another. */
function endingsOf({ counts, failures }: WorkerView): unknown {
  return { ...counts, started: 0, skipped: 0, failures };
}

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length];
}
