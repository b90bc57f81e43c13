import assert from 'node:assert/strict';
import type { OrchestratorEvent } from '../../../../lib/core/event.js';
import type { RunView } from '../../../../lib/core/view/run-view.js';
import type { RunContext } from '../../../../lib/execution/run-context.js';
import type { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { endRun, stopWaiting } from '../../core/model/model-endings.js';
import { gates1to4, gates5to7 } from '../../core/model/model-gates.js';
import type {
  ModelAttempt,
  ModelRun,
  ModelState,
  ModelWorker,
} from '../../core/model/model-state.js';
import { holdsOnTimeout } from '../../core/model/model-views.js';
import { DueAccount } from './due-account.js';
import { lineOf } from './event-line.js';

type Of<Type extends OrchestratorEvent['type']> = Extract<OrchestratorEvent, { type: Type }>;

/** Follows the engine's events in the model, and says where they are not what the model allows. */
export class EngineLedger {
  /** Everything that happened, in order. */
  readonly log: string[] = [];
  /** Each attempt, in steady time. */
  readonly starts: (readonly [worker: string, at: number, attempt: number])[] = [];
  readonly account = new DueAccount();
  /** How each run ended that did. */
  readonly endings = new Map<string, string>();
  /** Triggered runs whose time has not come. */
  readonly delayed: { worker: ModelWorker; scheduledAt: number; dueAt: number }[] = [];
  /** To be disabled by their failures, and said to be, before the step is over. */
  readonly unfit: string[] = [];
  /** Whether they are probed yet hangs on what came first within one millisecond. */
  readonly blurred = new Set<ModelWorker>();
  readonly unregistered = new Set<ModelWorker>();
  /** Runs of which an attempt ended by itself, not told to abort. */
  readonly endedInTime = new Set<string>();

  constructor(
    readonly model: ModelState,
    private readonly clock: VirtualClock,
    private readonly view: (runId: string) => Promise<RunView | undefined>,
  ) {}

  follow(event: OrchestratorEvent): void {
    this.passTime(-1);
    this.log.push(lineOf(this.clock.now(), event));
    switch (event.type) {
      case 'run.due':
        this.accept(event);
        return;
      case 'run.started':
        this.start(event);
        return;
      case 'run.retrying':
        this.backOff(event);
        return;
      case 'run.succeeded':
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost':
      case 'run.cancelled':
        this.end(event.worker, event.runId, event.type.slice(4));
        return;
      case 'run.skipped':
        this.skip(event);
        return;
      case 'run.abandoned':
        this.abandon(event);
        return;
      case 'worker.disabled':
        if (event.by === 'failures') this.disable(event.worker);
    }
  }

  /** @param ahead 0 where all that falls due now has done so; -1 before that */
  passTime(ahead: 0 | -1): void {
    const { model } = this;
    model.now = this.clock.now();
    for (const run of model.runs.values()) {
      if (run.status === 'backing-off' && run.backoffEndsAt <= model.now) run.status = 'waiting';
    }
    if (model.isDraining) return;
    for (const worker of model.workers.values()) {
      const { off } = worker;
      if (off === undefined) this.blurred.delete(worker);
      else if ((off.probeAt ?? Infinity) <= model.now + ahead) off.isDue = true;
    }
  }

  /** The model's attempt whose function begins. */
  begin(context: RunContext): ModelAttempt {
    const attempt = this.attemptOf(context.runId, context.attempt);
    assert(attempt !== undefined, `I6: ${context.runId} is at work`);
    attempt.hasBegun = true;
    this.log.push(`${this.clock.now()} begins ${context.worker} ${context.attempt}`);
    return attempt;
  }

  settle(attempt: ModelAttempt): void {
    const { run, phase } = attempt;
    if (phase === 'running') this.endedInTime.add(run.id);
    this.log.push(`${this.clock.now()} settles ${run.worker.definition.name} ${attempt.number}`);
    run.worker.attempts.delete(attempt);
  }

  private accept(event: Of<'run.due'>): void {
    const { worker: name, runId, scheduledAt, missedCount } = event;
    const { model } = this;
    const worker = model.workers.get(name)!;
    assert(!model.runs.has(runId) && !this.endings.has(runId), `I6: ${runId} is accepted once`);
    const index = this.delayed.findIndex(
      (each) => each.worker === worker && each.scheduledAt === scheduledAt.getTime(),
    );
    const [delayed] = index < 0 ? [] : this.delayed.splice(index, 1);
    const dueAt = delayed?.dueAt ?? scheduledAt.getTime() - this.wallOffsetIn(event);
    model.runs.set(runId, newRun(runId, worker, dueAt, model.runs.size));
    this.book(worker, event, 1 + missedCount, this.view(runId));
  }

  private book(
    worker: ModelWorker,
    event: Of<'run.due' | 'run.skipped'>,
    count: number,
    run?: Promise<RunView | undefined>,
  ): void {
    const isCron = worker.definition.schedule.kind === 'cron';
    const instant = event.scheduledAt.getTime() - (isCron ? 0 : this.wallOffsetIn(event));
    this.account.add({ worker, instant, count, at: this.clock.now(), run });
    // The wall clock has been set since, and what is next follows it.
    if (this.wallOffsetIn(event) !== this.clock.wallOffset()) this.account.loseStep(worker);
  }

  /** What is overdue when the wall clock is set is told in the time before that. */
  private wallOffsetIn({ at }: OrchestratorEvent): number {
    return at.getTime() - this.clock.now();
  }

  private start({ worker: name, runId, attempt }: Of<'run.started'>): void {
    const { model } = this;
    const run = this.run(runId);
    const { worker } = run;
    assert.equal(run.status, 'waiting', `I6: ${runId} waits`);
    const holds = [...gates1to4(model, run), ...gates5to7(model, run)];
    assert.deepEqual(holds, [], `I1, I2, I3, I4, I5: nothing holds ${runId} of ${name} back`);
    run.status = 'running';
    run.attempts++;
    assert.equal(attempt, run.attempts, 'I6: attempts are numbered');
    worker.attempts.add({ run, number: run.attempts, phase: 'running', holds: true });
    worker.lastStart = ++model.ticks;
    if (worker.off !== undefined) worker.off.probe = run;
    this.starts.push([name, this.clock.now(), attempt]);
    if (attempt === 1) this.account.start(runId);
  }

  private backOff({ runId, outcome, delayMs }: Of<'run.retrying'>): void {
    const run = this.run(runId);
    assert(run.attempts <= run.worker.definition.maxRetries, `I6: ${runId} has attempts left`);
    this.leave(run, outcome);
    run.status = 'backing-off';
    run.backoffEndsAt = this.model.now + delayMs;
    this.model.ticks++;
  }

  private skip(event: Of<'run.skipped'>): void {
    const { worker: name, runId, count, isStandIn, reason } = event;
    if (runId === undefined || isStandIn === true) {
      this.book(this.model.workers.get(name)!, event, count);
      return;
    }
    // Its turn had come, so cool-downs that end now have ended.
    if (reason === 'MISFIRE') this.passTime(0);
    this.end(name, runId, 'skipped');
  }

  private end(name: string, runId: string, status: string): void {
    assert(!this.endings.has(runId), `I6: ${runId} ends once`);
    this.endings.set(runId, status);
    const run = this.model.runs.get(runId);
    if (run === undefined) {
      const index = this.delayed.findIndex(({ worker }) => worker.definition.name === name);
      assert(index >= 0, `I6: ${runId} was accepted`);
      const [{ worker, dueAt }] = this.delayed.splice(index, 1) as [(typeof this.delayed)[number]];
      // To its dependents it is the latest run that ended, though it was never due.
      endRun(this.model, newRun(runId, worker, dueAt), status);
      return;
    }
    this.leave(run, status);
    const { worker } = run;
    const { off } = worker;
    if (off?.probeAt === this.model.now && !off.isDue) this.blurred.add(worker);
    if (endRun(this.model, run, status)) this.unfit.push(name);
    this.model.runs.delete(runId);
  }

  /** The outcome of its current attempt is fixed, if it has one. */
  private leave(run: ModelRun, status: string): void {
    stopWaiting(this.model, run.id);
    const attempt = [...run.worker.attempts].find(
      (each) => each.run === run && each.phase === 'running',
    );
    if (attempt === undefined) return;
    const goesOn = status === 'cancelled' || status === 'timed-out';
    if (goesOn && attempt.hasBegun === true) attempt.phase = 'lingering';
    else run.worker.attempts.delete(attempt);
  }

  private abandon({ runId, attempt: number, holdsPlace }: Of<'run.abandoned'>): void {
    const attempt = this.attemptOf(runId, number);
    // Its function was not called, or has just returned: the engine is about to hear of it.
    if (attempt === undefined) return;
    assert.equal(attempt.phase, 'lingering', `${runId} was told to abort`);
    attempt.phase = 'abandoned';
    // A hold by a worker that was unregistered meanwhile is no hold any more.
    if (attempt.holds && this.unregistered.size === 0) {
      const expected = holdsOnTimeout(this.model, attempt.run.worker);
      assert.equal(holdsPlace, expected, `whether abandoned ${runId} keeps its place`);
    }
    attempt.holds = holdsPlace;
  }

  private disable(name: string): void {
    const index = this.unfit.indexOf(name);
    assert(index >= 0, `I8: ${name} is disabled at its threshold, once`);
    this.unfit.splice(index, 1);
  }

  private attemptOf(runId: string, number: number): ModelAttempt | undefined {
    for (const { attempts } of this.model.workers.values()) {
      for (const attempt of attempts) {
        if (attempt.run.id === runId && attempt.number === number) return attempt;
      }
    }
    return undefined;
  }

  private run(id: string): ModelRun {
    const run = this.model.runs.get(id);
    assert(run !== undefined, `I6: ${id} was accepted and has not ended`);
    return run;
  }
}

function newRun(id: string, worker: ModelWorker, dueAt: number, sequence = 0): ModelRun {
  const { priority } = worker.definition;
  return {
    id,
    worker,
    dueAt,
    priority,
    sequence,
    status: 'waiting',
    attempts: 0,
    backoffEndsAt: 0,
  };
}
