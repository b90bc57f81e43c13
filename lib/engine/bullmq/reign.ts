import type { AttemptOrder, Effect } from '../../core/effect.js';
import { EngineUnavailableError } from '../../core/errors.js';
import { isEnding, type OrchestratorEvent } from '../../core/event.js';
import { Scheduler } from '../../core/scheduler.js';
import { outsideRuns } from '../../execution/current-run.js';
import type { StartReach } from '../engine.js';
import { RunEndings } from '../in-process/run-endings.js';
import { newRunIdPrefix } from '../in-process/run-id-prefix.js';
import { WakeUp } from '../in-process/wake-up.js';
import { AcceptedTriggers } from './accepted-triggers.js';
import { Attempts } from './attempts.js';
import { textOf, type Introduction } from './declaration.js';
import { Inheritance } from './inheritance.js';
import type { Legacy } from './legacy.js';
import type { OldAttempt } from './old-attempt.js';
import { EVERYTHING, MemoryWriter } from './memory-writer.js';
import type { DefinitionAnswer, Message, Presence } from './messages.js';
import type { ReignSurroundings } from './reign-surroundings.js';
import { Remembrance } from './remembrance.js';
import { Voice } from './voice.js';
import { Workforce } from './workforce.js';
import { WorkforceChanges } from './workforce-changes.js';

/** Clocks differ by a little more or less with each measurement. */
const SMALLEST_CLOCK_CHANGE_MS = 100;

/** The time in which this replica leads: it gives the scheduler its commands, and does what follows from them. */
export class Reign {
  readonly scheduler: Scheduler;
  readonly endings = new RunEndings();
  readonly accepted = new AcceptedTriggers(this.endings);
  readonly attempts: Attempts;
  readonly workforceChanges: WorkforceChanges;
  private readonly voice: Voice;
  private readonly memory: MemoryWriter;
  private readonly remembrance: Remembrance;
  private readonly workforce: Workforce;
  private readonly wakeUp: WakeUp;
  private wallOffset = 0;
  private readonly postponed: ((now: number) => void)[] = [];
  /** Whether it decides nothing any more; it may lead without deciding, while its lease is renewed late. */
  isOver = false;

  constructor(private readonly around: ReignSurroundings) {
    const { host, store, alarms, term, replica, patienceMs } = around;
    const { settings, clock, random = Math.random } = host;
    this.scheduler = new Scheduler({ ...settings, runIdPrefix: newRunIdPrefix(), random });
    this.scheduler.rememberNothing();
    if (around.hasFollowed) this.scheduler.continue();
    this.voice = new Voice(store.producer('voice'), { term, replica }, patienceMs, around.hearOwn);
    this.attempts = new Attempts(
      this.scheduler,
      this.endings,
      { ...around, isHeld: () => this.leads },
      (message) => {
        this.voice.say(message);
      },
      (worker, command) => {
        this.attempt((now) => {
          command(now);
          this.memory.note(worker);
        });
      },
    );
    this.memory = new MemoryWriter(store.queue('memory'), term, patienceMs, (subject) =>
      subject === EVERYTHING
        ? {
            term,
            isEverythingPaused: this.scheduler.isPaused,
            roster: this.workforce.roster.image(),
            unanswered: this.accepted.answers(),
          }
        : this.attempts.snapshotOf(subject),
    );
    this.remembrance = new Remembrance(
      this.memory,
      store.queue('runs'),
      alarms,
      clock,
      patienceMs,
      around.mostBehindMs,
      () => this.accepted.look(),
    );
    this.workforce = new Workforce(
      this.scheduler,
      host,
      (worker) => this.attempts.takingBack(worker, () => this.workforce.employs(worker)),
      () => {
        this.memory.note(EVERYTHING);
      },
      (worker) => {
        this.memory.forget(worker);
      },
    );
    this.workforceChanges = new WorkforceChanges(
      this.workforce,
      this,
      clock,
      replica,
      around.leaseMs,
    );
    this.wakeUp = new WakeUp(alarms, clock, settings.tickIntervalMs, () => {
      this.attempt((now) => {
        this.scheduler.tick(now);
      });
    });
  }

  get nextWakeAt(): Date | undefined {
    const { at } = this.wakeUp;
    return at === undefined ? undefined : new Date(this.storeTime(at));
  }

  /** The time by the store's clock. */
  storeTime(now: number): number {
    return now + this.wallOffset;
  }

  isPast(storeTime: number): boolean {
    return this.storeTime(this.around.host.clock.now()) > storeTime;
  }

  get replica(): string {
    return this.around.replica;
  }

  get term(): number {
    return this.around.term;
  }

  /**
   * Takes over what former leaders have left; nothing is decided before.
   *
   * @param withdraw whether a granted attempt had not been picked up, and now will not be
   */
  async inherit(
    legacy: Legacy,
    introduction: Introduction,
    reach: StartReach | undefined,
    withdraw: (attempt: OldAttempt) => Promise<boolean>,
  ): Promise<void> {
    const term = this.term;
    this.workforce.recall(legacy.everything?.roster, legacy.memories);
    this.workforce.change((roster) => roster.introduce(introduction));
    // Before anything is granted of a worker that is new, and before anything is withdrawn.
    const { isEverythingPaused = false, unanswered = {} } = legacy.everything ?? {};
    const roster = this.workforce.roster.image();
    await Promise.all([
      this.memory.keep(EVERYTHING, { term, isEverythingPaused, roster, unanswered }),
      ...legacy.safekeeping.map((data) => this.memory.keep(data.memory.worker, { ...data, term })),
    ]);
    const withdrawn = new Set<OldAttempt>();
    for (const attempt of legacy.attempts) {
      if (attempt.stands === 'waiting' && (await withdraw(attempt))) withdrawn.add(attempt);
    }
    this.act((now) => {
      this.workforce.follow(now);
      const inheritance = new Inheritance(
        legacy,
        this.scheduler,
        this,
        this.around.host.onTakeOver,
      );
      inheritance.takePauses(now);
      // None of it is news: who is registered each replica has said itself, and who is paused the leader of that time.
      this.scheduler.takeEffects();
      inheritance.takeRetries(now);
      this.scheduler.prepare(now);
      inheritance.takeAttempts(withdrawn, now);
      inheritance.takeTriggers(now);
      // What falls due now may have to wait for what was accepted before.
      if (reach !== undefined) this.startScheduler(reach, now);
      for (const { name } of this.scheduler.definitions()) this.memory.note(name);
      this.memory.note(EVERYTHING);
    });
    // A worker that no replica has may come again; what waited of it is cancelled.
    const declared = this.workforce.roster.agreed();
    const nothing = { attempts: [], retries: [] };
    const kept = new Map(legacy.safekeeping.map((data) => [data.memory.worker, data]));
    const others = [...legacy.snapshots].filter(
      ([name]) => !this.workforce.employs(name) && this.workforce.remembers(name),
    );
    await Promise.all(
      others.map(([name, data]) => {
        const memory = legacy.memories.get(name) ?? data.memory;
        // One that does not fit may do so with the next leader.
        const left = declared.has(name) ? (kept.get(name) ?? data) : { ...data, ...nothing };
        return this.memory.keep(name, { ...left, memory, term });
      }),
    );
  }

  /** From now on it decides. */
  begin(): void {
    this.attempts.listen();
    this.workforceChanges.begin();
    this.voice.say({ type: 'leads' });
    this.remembrance.begin();
  }

  /** Where its lease is renewed late, it starts once it hears of itself. */
  start(reach: StartReach): void {
    this.attempt((now) => {
      this.startScheduler(reach, now);
    });
  }

  /** Whether what it decides holds. */
  get leads(): boolean {
    return !this.isOver && this.around.isHeld();
  }

  /**
   * Gives the scheduler a command, then does what follows from it.
   *
   * @throws EngineUnavailableError where it leads no more
   */
  act<Result>(command: (now: number) => Result): Result {
    if (this.leads) return this.decide(command);
    throw new EngineUnavailableError('this replica leads no more');
  }

  /** What comes from timers and from the store: of no use where it leads no more. */
  attempt(command: (now: number) => void): void {
    if (this.leads) this.decide(command);
  }

  /** Like {@link attempt}; where its lease is renewed late, once it is. */
  attemptOnceLeading(command: (now: number) => void): void {
    if (this.leads) this.decide(command);
    else if (!this.isOver) this.postponed.push(command);
  }

  /** @returns false where it had ended already */
  cancel(runId: string, why: string, abandon: boolean): boolean {
    const wasLive = this.act((now) => {
      // What is freed by hand is told by no event.
      this.memory.note(this.scheduler.imageOf(runId).worker);
      // What waited of a trigger is known to be over by its answer alone.
      this.memory.note(EVERYTHING);
      const hadNotEnded = this.scheduler.cancel(runId, why, now);
      if (abandon) this.scheduler.abandon(runId, now);
      return hadNotEnded;
    });
    if (abandon) this.voice.say({ type: 'abandon', runId });
    return wasLive;
  }

  /** @throws UnknownWorkerError */
  inForce(worker: string): DefinitionAnswer {
    const text = this.workforce.textOf(worker) ?? textOf(this.scheduler.definition(worker));
    return { text, updates: this.workforce.roster.updatesOf(worker) };
  }

  /** Asks it to introduce itself, where it has not, or not as it is now. */
  meet({ replica, revision }: Pick<Presence, 'replica' | 'revision'>): void {
    if (this.workforce.roster.knows(replica, revision)) return;
    this.voice.say({ type: 'introduce', replica });
  }

  say(message: Message): void {
    this.voice.say(message);
  }

  /** Everything decided until now outlives this replica. */
  async remember(): Promise<void> {
    await this.memory.write();
  }

  /** From now on it decides nothing. */
  async stop(): Promise<void> {
    this.isOver = true;
    this.wakeUp.set(undefined, this.around.host.clock.now(), false);
    this.remembrance.stop();
    this.endings.dropWaits(new EngineUnavailableError('this replica leads no more'));
    const { patienceMs } = this.around;
    await Promise.all([this.voice.stop(patienceMs / 4), this.attempts.stop()]);
  }

  private startScheduler(reach: StartReach, now: number): void {
    if (reach === 'everything') this.scheduler.start(now);
    else this.scheduler.startWithoutSchedules(now);
  }

  private setWallClock(wallOffset: number, now: number): void {
    if (Math.abs(wallOffset - this.wallOffset) <= SMALLEST_CLOCK_CHANGE_MS) return;
    this.wallOffset = wallOffset;
    this.scheduler.wallClockSet(wallOffset, now);
  }

  private decide<Result>(command: (now: number) => Result): Result {
    const now = this.around.host.clock.now();
    this.setWallClock(this.around.wallOffset(), now);
    try {
      while (this.postponed.length > 0) this.postponed.shift()?.(now);
      return command(now);
    } finally {
      // Not as a part of the run that gave the command.
      outsideRuns(() => {
        this.follow(now);
      });
    }
  }

  private follow(now: number): void {
    for (const effect of this.scheduler.takeEffects()) this.perform(effect);
    this.wakeUp.set(this.scheduler.nextWakeAt, now, this.scheduler.followsWallClock);
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'start-attempt':
        this.order(effect.attempt);
        return;
      case 'abort-attempt':
        this.attempts.abort(effect);
        return;
      case 'deadlock':
        this.endings.deadlock(effect.waiter, effect.awaited, effect.chain);
        return;
      default:
        this.tell(effect);
    }
  }

  /** Its worker may have been removed in the same turn: nobody would execute it. */
  private order(attempt: AttemptOrder): void {
    const { worker, runId, number } = attempt;
    if (this.workforce.employs(worker)) {
      this.attempts.order(attempt);
      this.memory.note(worker);
      return;
    }
    this.decide((now) => {
      if (this.scheduler.viewRun(runId) !== undefined) {
        this.scheduler.cancel(runId, 'no replica has its worker any more', now);
      }
      this.scheduler.attemptSettled(runId, number, now);
    });
  }

  private tell(event: OrchestratorEvent): void {
    if ('worker' in event) this.memory.note(event.worker);
    if (event.type === 'orchestrator.paused' || event.type === 'orchestrator.resumed') {
      this.memory.note(EVERYTHING);
    }
    if (isEnding(event)) this.endings.settle(event);
    if (!isOfOneReplica(event)) this.voice.say({ type: 'told', event });
  }
}

/** Each replica says of itself that it has started, and whom it knows. */
function isOfOneReplica({ type }: OrchestratorEvent): boolean {
  return (
    type === 'worker.registered' ||
    type === 'orchestrator.started' ||
    type === 'orchestrator.draining' ||
    type === 'orchestrator.stopped'
  );
}
