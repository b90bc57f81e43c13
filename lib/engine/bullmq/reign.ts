import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import type { AttemptOrder, Effect } from '../../core/effect.js';
import { EngineUnavailableError } from '../../core/errors.js';
import { isEnding, type OrchestratorEvent } from '../../core/event.js';
import { Scheduler } from '../../core/scheduler.js';
import type { WorkerSnapshot } from '../../core/state/image.js';
import type { Alarms } from '../../execution/alarms.js';
import { outsideRuns } from '../../execution/current-run.js';
import type { EngineHost, StartReach } from '../engine.js';
import { RunEndings } from '../in-process/run-endings.js';
import { newRunIdPrefix } from '../in-process/run-id-prefix.js';
import { WakeUp } from '../in-process/wake-up.js';
import type { RunImage } from '../../core/run-image.js';
import { errorOf, type ErrorImage } from './error-image.js';
import { AcceptedTriggers } from './accepted-triggers.js';
import { textOf, type Declarations } from './declaration.js';
import { Grants } from './grants.js';
import { Inheritance, type Heir } from './inheritance.js';
import type { Legacy } from './legacy.js';
import type { OldAttempt } from './old-attempt.js';
import { EVERYTHING, MemoryWriter } from './memory-writer.js';
import type {
  AbortedProgress,
  AttemptReport,
  DefinitionAnswer,
  Message,
  WorkerMemoryJob,
} from './messages.js';
import { Recalls } from './recalls.js';
import { Remembrance } from './remembrance.js';
import { RunReports } from './run-reports.js';
import type { Store } from './store.js';
import { Voice } from './voice.js';
import { Workforce } from './workforce.js';

/** Grants of one term that a token can tell apart. */
const TERM = 2 ** 32;
/** Clocks differ by a little more or less with each measurement. */
const SMALLEST_CLOCK_CHANGE_MS = 100;

export interface ReignSurroundings {
  readonly host: EngineHost;
  readonly store: Store;
  readonly alarms: Alarms;
  readonly term: number;
  readonly replica: string;
  readonly leaseMs: number;
  readonly patienceMs: number;
  /** Whether it may decide now. */
  readonly isHeld: () => boolean;
  /** The store's wall clock minus this process's steady time. */
  readonly wallOffset: () => number;
  /** How far the clock of any replica was behind this one's at any time since then. */
  readonly mostBehindMs: (withinMs: number) => number;
  readonly hearOwn: (message: Message) => void;
  /** Whether somebody else has led since this replica is there. */
  readonly hasFollowed: boolean;
}

/** The time in which this replica leads: it gives the scheduler its commands, and does what follows from them. */
export class Reign {
  readonly scheduler: Scheduler;
  readonly endings = new RunEndings();
  readonly accepted = new AcceptedTriggers(this.endings);
  readonly grants: Grants;
  readonly reports: RunReports;
  private readonly voice: Voice;
  private readonly memory: MemoryWriter;
  private readonly remembrance: Remembrance;
  private readonly recalls: Recalls;
  private readonly workforce: Workforce;
  private readonly wakeUp: WakeUp;
  private grantCount = 0;
  private wallOffset = 0;
  private leadsSince = Infinity;
  private isOver = false;

  constructor(private readonly around: ReignSurroundings) {
    const { host, store, alarms, term, replica, patienceMs } = around;
    const { settings, clock, random = Math.random } = host;
    this.scheduler = new Scheduler({ ...settings, runIdPrefix: newRunIdPrefix(), random });
    this.scheduler.rememberNothing();
    if (around.hasFollowed) this.scheduler.continue();
    this.voice = new Voice(store.producer('voice'), { term, replica }, patienceMs, around.hearOwn);
    this.grants = new Grants(store.queue('runs'), patienceMs, (error) => {
      host.logger.warn(`Runs cannot be granted: ${String(error)}`);
    });
    this.recalls = new Recalls(
      this.grants,
      (message) => {
        this.voice.say(message);
      },
      {
        settled: ({ worker, runId, number }) => {
          this.attempt((now) => {
            this.scheduler.attemptSettled(runId, number, now);
            this.memory.note(worker);
          });
        },
        takenBack: ({ runId, number }) => {
          const why = 'no replica has its worker any more';
          this.attempt((now) => {
            this.scheduler.attemptEnded(runId, number, { status: 'cancelled', why }, true, now);
          });
        },
      },
    );
    this.reports = new RunReports(
      store.queue('runs'),
      store.events('runs'),
      this.grants,
      {
        progressed: (grant, progress) => {
          const { runId, number } = grant;
          this.attempt((now) => {
            if ('fraction' in progress) {
              this.scheduler.progressed(runId, progress.fraction, progress.message, now);
              return;
            }
            grant.insist = undefined;
            this.abortAttempt(runId, number, progress, now);
          });
        },
        ended: ({ runId, number }, report) => {
          this.attempt((now) => {
            this.endAttempt(runId, number, report, now);
          });
        },
      },
      alarms,
      clock,
      around.leaseMs,
    );
    this.memory = new MemoryWriter(store.queue('memory'), term, patienceMs, (subject) =>
      subject === EVERYTHING
        ? {
            term,
            isEverythingPaused: this.scheduler.isPaused,
            roster: this.workforce.image(),
            unanswered: this.accepted.answers(),
          }
        : this.snapshotOf(subject),
    );
    this.remembrance = new Remembrance(
      this.memory,
      store.queue('runs'),
      alarms,
      clock,
      around.mostBehindMs,
      () => this.accepted.look(),
    );
    this.workforce = new Workforce(
      this.scheduler,
      host.logger,
      (worker) => this.takingBack(worker),
      () => {
        this.memory.note(EVERYTHING);
      },
    );
    this.wakeUp = new WakeUp(alarms, clock, settings.tickIntervalMs, () => {
      this.attempt((now) => {
        this.scheduler.tick(now);
      });
    });
  }

  get nextWakeAt(): Date | undefined {
    const { at } = this.wakeUp;
    return at === undefined ? undefined : new Date(at + this.wallOffset);
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
    declarations: Declarations,
    reach: StartReach | undefined,
    withdraw: (attempt: OldAttempt) => Promise<boolean>,
  ): Promise<void> {
    const term = this.term;
    await Promise.all(legacy.safekeeping.map((data) => this.memory.keep({ ...data, term })));
    const withdrawn = new Set<OldAttempt>();
    for (const attempt of legacy.attempts) {
      if (attempt.stands === 'waiting' && (await withdraw(attempt))) withdrawn.add(attempt);
    }
    this.act((now) => {
      this.workforce.recall(legacy.everything?.roster, legacy.memories);
      this.workforce.introduce(this.replica, declarations, now);
      const inheritance = new Inheritance(legacy, this.scheduler, this.heir);
      inheritance.takePauses(now);
      // None of it is news: who is registered each replica has said itself, and who is paused the leader of that time.
      this.scheduler.takeEffects();
      inheritance.takeRetries(now);
      this.scheduler.prepare(now);
      inheritance.takeAttempts(withdrawn, now);
      if (reach !== undefined) this.startScheduler(reach, now);
      inheritance.takeTriggers(now);
      for (const { name } of this.scheduler.definitions()) this.memory.note(name);
      this.memory.note(EVERYTHING);
    });
    // A worker that no replica has may come again; what waited of it is cancelled.
    const gone = [...legacy.snapshots].filter(([name]) => !this.workforce.employs(name));
    await Promise.all(
      gone.map(([, data]) => this.memory.keep({ ...data, attempts: [], retries: [], term })),
    );
  }

  /** From now on it decides. */
  begin(): void {
    this.reports.listen();
    this.leadsSince = this.around.host.clock.now();
    this.voice.say({ type: 'leads' });
    this.remembrance.begin();
  }

  start(reach: StartReach): void {
    this.act((now) => {
      this.startScheduler(reach, now);
    });
  }

  /**
   * Gives the scheduler a command, then does what follows from it.
   *
   * @throws EngineUnavailableError where it leads no more
   */
  act<Result>(command: (now: number) => Result): Result {
    const { clock } = this.around.host;
    if (this.isOver || !this.around.isHeld()) {
      throw new EngineUnavailableError('this replica leads no more');
    }
    const now = clock.now();
    this.setWallClock(this.around.wallOffset(), now);
    try {
      return command(now);
    } finally {
      // Not as a part of the run that gave the command.
      outsideRuns(() => {
        this.follow(now);
      });
    }
  }

  /** What comes from timers and from the store: of no use where it leads no more. */
  attempt(command: (now: number) => void): void {
    if (!this.isOver && this.around.isHeld()) this.act(command);
  }

  /** @returns false where it had ended already */
  cancel(runId: string, why: string, abandon: boolean): boolean {
    const wasLive = this.act((now) => {
      // What is freed by hand is told by no event.
      this.memory.note(this.scheduler.imageOf(runId).worker);
      const hadNotEnded = this.scheduler.cancel(runId, why, now);
      if (abandon) this.scheduler.abandon(runId, now);
      return hadNotEnded;
    });
    if (abandon) this.voice.say({ type: 'abandon', runId });
    return wasLive;
  }

  introduce(replica: string, declarations: Declarations): void {
    this.act((now) => {
      this.workforce.introduce(replica, declarations, now);
    });
  }

  update(definition: WorkerDefinition, updates: WorkerOptions): void {
    this.act((now) => {
      this.workforce.update(definition, updates, now);
    });
  }

  /** @throws UnknownWorkerError */
  inForce(worker: string): DefinitionAnswer {
    const text = textOf(this.scheduler.definition(worker));
    return { text, updates: this.workforce.updatesOf(worker) };
  }

  /** Asks it to introduce itself, where it has not. */
  meet(replica: string): void {
    if (!this.workforce.knows(replica)) this.voice.say({ type: 'introduce', replica });
  }

  /** @param present the replicas that were heard of lately */
  review(present: ReadonlySet<string>): void {
    // Until then, those that are there may not have told of themselves.
    const { clock } = this.around.host;
    if (clock.now() - this.leadsSince < 2 * this.around.leaseMs) return;
    this.attempt((now) => {
      this.workforce.retain(new Set([...present, this.replica]), now);
    });
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
    this.grants.stop();
    this.voice.stop();
    await this.reports.stop();
  }

  private startScheduler(reach: StartReach, now: number): void {
    if (reach === 'everything') this.scheduler.start(now);
    else this.scheduler.startWithoutSchedules(now);
  }

  private get heir(): Heir {
    const { onTakeOver } = this.around.host;
    return {
      adopted: ({ worker, id: runId, traceparent: trigger }, traceparent) => {
        const traceparents = [traceparent, trigger].filter((each) => each !== undefined);
        onTakeOver?.({ worker, runId, traceparents });
      },
      granted: (attempt, abortWhy) => {
        const grant = this.grants.adopt(attempt);
        if (abortWhy !== undefined) this.recalls.insistOnAbort(grant, abortWhy);
      },
      aborted: (...how) => {
        this.abortAttempt(...how);
      },
      ended: (...how) => {
        this.endAttempt(...how);
      },
      accepted: (runId) => {
        this.accepted.add(runId);
      },
      endedBefore: (runId, answer) => {
        this.accepted.addEnded(runId, answer);
      },
    };
  }

  private abortAttempt(
    runId: string,
    number: number,
    { aborted, error, isAbandoned }: AbortedProgress,
    now: number,
  ): void {
    this.noteError(runId, error);
    this.scheduler.attemptEnded(runId, number, aborted, false, now);
    if (isAbandoned) this.scheduler.attemptAbandoned(runId, number, now);
  }

  private endAttempt(
    runId: string,
    number: number,
    report: AttemptReport | undefined,
    now: number,
  ): void {
    if (report === undefined) {
      this.scheduler.attemptEnded(runId, number, { status: 'lost' }, true, now);
    } else if ('returned' in report) {
      this.scheduler.attemptReturned(runId, number, report.returned === 'interrupted', now);
    } else {
      if (report.error === undefined) this.endings.note(runId, report.value);
      else this.noteError(runId, report.error);
      this.scheduler.attemptEnded(runId, number, report.outcome, true, now);
    }
  }

  private noteError(runId: string, error: ErrorImage | undefined): void {
    this.endings.note(runId, error === undefined ? undefined : errorOf(error));
  }

  private setWallClock(wallOffset: number, now: number): void {
    if (Math.abs(wallOffset - this.wallOffset) <= SMALLEST_CLOCK_CHANGE_MS) return;
    this.wallOffset = wallOffset;
    this.scheduler.wallClockSet(wallOffset, now);
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
        this.recalls.abort(effect);
        return;
      case 'deadlock':
        this.endings.deadlock(effect.waiter, effect.awaited, effect.chain);
        return;
      default:
        this.tell(effect);
    }
  }

  private order({ payload: _payload, ...order }: AttemptOrder): void {
    const { timeoutMs = null, abortGraceMs } = this.scheduler.definition(order.worker);
    const { memory } = this.scheduler.snapshot(order.worker);
    const traceparent = this.around.host.traceparentOf?.(order.runId);
    this.memory.note(order.worker);
    this.grants.grant({
      term: this.term,
      token: this.nextToken(),
      order,
      timeoutMs,
      abortGraceMs,
      ...(traceparent !== undefined && { traceparent }),
      run: this.scheduler.imageOf(order.runId),
      memory,
    });
  }

  private nextToken(): number {
    return this.term * TERM + ++this.grantCount;
  }

  /** What nobody has begun yet of a worker that is being removed: nobody would. */
  private takingBack(worker: string): () => void {
    const running = this.scheduler.viewRuns({ worker, status: 'running' });
    const grants = running.map(({ id, attempts }) => this.grants.find(id, attempts));
    return () => {
      for (const grant of grants) {
        if (grant !== undefined) this.recalls.takeBack(grant, () => this.workforce.employs(worker));
      }
    };
  }

  private tell(event: OrchestratorEvent): void {
    if ('worker' in event) this.memory.note(event.worker);
    if (event.type === 'orchestrator.paused' || event.type === 'orchestrator.resumed') {
      this.memory.note(EVERYTHING);
    }
    if (isEnding(event)) this.endings.settle(event);
    if (!isOfOneReplica(event)) this.voice.say({ type: 'told', event });
  }

  private snapshotOf(worker: string): WorkerMemoryJob | undefined {
    try {
      const { retries, ...snapshot } = this.scheduler.snapshot(worker);
      return {
        ...snapshot,
        term: this.term,
        retries: [...retries, ...this.unsentOf(snapshot.attempts)],
        token: this.term * TERM + this.grantCount,
      };
    } catch {
      // It was unregistered meanwhile.
      return undefined;
    }
  }

  /** Their due instants are claimed, but the store does not have them: whoever leads next must grant them anew. */
  private unsentOf(attempts: WorkerSnapshot['attempts']): RunImage[] {
    return attempts
      .filter(({ phase }) => phase === 'running')
      .filter(({ runId, number }) => this.grants.find(runId, number)?.isStored === false)
      .map(({ runId, number }) => ({ ...this.scheduler.imageOf(runId), attempts: number - 1 }));
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
