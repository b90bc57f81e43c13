import type { AttemptOrder, Effect } from '../../core/effect.js';
import { RunCancelledError } from '../../core/errors.js';
import { isEnding, type OrchestratorEvent } from '../../core/event.js';
import { Scheduler } from '../../core/scheduler.js';
import { Alarms } from '../../execution/alarms.js';
import { outsideRuns } from '../../execution/current-run.js';
import type { EngineHost } from '../engine.js';
import type { StateStore } from '../state-store.js';
import { AttemptHouse } from './attempt-house.js';
import { MemoryKeeper } from './memory-keeper.js';
import { newRunIdPrefix } from './run-id-prefix.js';
import { RunEndings } from './run-endings.js';
import { StartQueue } from './start-queue.js';
import { WakeUp } from './wake-up.js';

/** Gives the scheduler its commands, and does what follows from them: at once, and in their order. */
export class Conductor {
  readonly alarms: Alarms;
  readonly scheduler: Scheduler;
  readonly endings = new RunEndings();
  readonly attempts: AttemptHouse;
  readonly starts: StartQueue;
  readonly keeper: MemoryKeeper | undefined;
  readonly wakeUp: WakeUp;
  private wallOffset = 0;

  /** Effects in their order; a body or listener that gives commands adds to them. */
  private effects: Effect[] = [];
  private isCarryingOut = false;

  constructor(
    private readonly host: EngineHost,
    store: StateStore | undefined,
  ) {
    const { clock, logger, settings, random = Math.random } = host;
    this.alarms = new Alarms(clock);
    this.scheduler = new Scheduler({ ...settings, runIdPrefix: newRunIdPrefix(), random });
    this.wakeUp = new WakeUp(this.alarms, clock, settings.tickIntervalMs, () => {
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
    if (this.keeper === undefined) this.scheduler.rememberNothing();
    this.starts = new StartQueue(
      clock,
      () => this.keeper?.savedThrough ?? 0,
      ({ order, worker }) => {
        this.attempts.begin(order, worker);
      },
    );
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

  /** Whether a listener is called: of what was decided before, some has not begun yet. */
  get isBusy(): boolean {
    return this.isCarryingOut;
  }

  /** Gives the scheduler a command, then does what follows from it. */
  act<Result>(command: (now: number) => Result): Result {
    const { clock } = this.host;
    const now = clock.now();
    this.setWallClock(clock.wallOffset(now), now);
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
    if (this.keeper !== undefined) this.keepMemories(this.keeper);
    try {
      this.carryOut(effects);
    } finally {
      this.wakeUp.set(this.scheduler.nextWakeAt, now, this.scheduler.followsWallClock);
    }
  }

  private keepMemories(keeper: MemoryKeeper): void {
    const changes = this.scheduler.takeChanges();
    if (changes.length > 0) keeper.save(changes);
  }

  private carryOut(effects: Effect[]): void {
    if (this.isCarryingOut) {
      // Not `push(...effects)`: a hundred thousand arguments overflow the stack.
      for (const effect of effects) this.effects.push(effect);
      return;
    }
    this.isCarryingOut = true;
    this.effects = effects;
    let failure: { readonly error: unknown } | undefined;
    // Those that are added meanwhile too.
    for (const effect of this.effects) {
      try {
        this.perform(effect);
      } catch (error) {
        // Not at the cost of what else there is to do.
        failure ??= { error };
      }
    }
    this.effects = [];
    this.isCarryingOut = false;
    if (failure !== undefined) throw failure.error;
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
      default:
        this.tell(effect);
    }
  }

  /** What a killed process must find again is saved before the attempt begins. */
  private order(attempt: AttemptOrder): void {
    const { runId, number } = attempt;
    const worker = this.attempts.employed(attempt.worker);
    if (worker !== undefined) {
      this.starts.add({ order: attempt, worker, save: this.keeper?.askedThrough ?? 0 });
      return;
    }
    this.act((now) => {
      // A listener of its start may have cancelled it: then nobody knows it any more.
      if (this.scheduler.viewRun(runId) !== undefined) {
        this.scheduler.cancel(runId, 'its worker was unregistered', now);
      }
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
