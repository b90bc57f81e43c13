import type { AttemptOutcome } from './attempt-outcome.js';
import { comeTrueBefore, isMoreDue } from './come-true.js';
import { beginAwaiting, stopAwaiting } from './awaiting.js';
import { findDeadlocks } from './deadlock.js';
import type { WorkerDefinition } from './definition/worker-definition.js';
import { dispatch } from './dispatch.js';
import { followWallClock } from './due/schedule-cursor.js';
import type { Effect } from './effect.js';
import { adoptLingering, adoptRun, returnAttempt } from './life-cycle/adopt-run.js';
import { cancelRun } from './life-cycle/cancel-run.js';
import { defineWorkers, redefineWorker, removeWorker } from './life-cycle/define-workers.js';
import { abandonAttempt, endAttempt, settleAttempt } from './life-cycle/end-attempt.js';
import { hold, letGo, turnOff, turnOn } from './life-cycle/fitness.js';
import {
  begin,
  beginWithoutSchedules,
  drain,
  findEngine,
  finish,
  loseEngine,
  pauseAll,
  prepare,
  resumeAll,
} from './life-cycle/phase.js';
import { releaseAttempt } from './life-cycle/release-attempt.js';
import { triggerRun, type TriggerRequest } from './life-cycle/trigger-run.js';
import { SchedulerQuestions } from './scheduler-questions.js';
import { createState } from './state/create-state.js';
import { emit, wallDate } from './state/emit.js';
import type { AttemptImage } from './state/image.js';
import { memoryOf, restore } from './state/memory.js';
import { isRegistered } from './state/relations.js';
import type {
  OrchestratorPhase,
  SchedulerSettings,
  SchedulerState,
} from './state/scheduler-state.js';
import type { RunImage, RunPosition } from './run-image.js';
import type { WorkerMemory } from './worker-memory.js';

/**
 * Decides everything, does nothing: commands stamped with a time in, effects out. The same commands and the same
 * chance give the same effects. Time is steady whole milliseconds and never goes back between commands.
 */
export class Scheduler extends SchedulerQuestions {
  constructor(settings: SchedulerSettings) {
    super(createState(settings));
  }

  /** The one instant at which it wants to be ticked again, if nothing else happens before; soon, where it has passed. */
  get nextWakeAt(): number | undefined {
    return this.state.agenda.nextAt;
  }

  /** Whether the next wake-up hangs on the wall clock, which may be set meanwhile. */
  get followsWallClock(): boolean {
    return this.state.onWallClock.size > 0;
  }

  /** Whether everything is held. */
  get isPaused(): boolean {
    return this.state.pausedAt !== undefined;
  }

  get phase(): OrchestratorPhase {
    return this.state.phase;
  }

  /** What is to be done since the last call; the caller's own. */
  takeEffects(): Effect[] {
    const { effects } = this.state;
    this.state.effects = [];
    return effects;
  }

  /** What is to be remembered since the last call. */
  takeChanges(): readonly WorkerMemory[] {
    const { changed } = this.state;
    if (changed === undefined || changed.size === 0) return NOTHING;
    const memories = [...changed]
      .filter((worker) => isRegistered(this.state, worker))
      .map((worker) => memoryOf(this.state, worker));
    changed.clear();
    return memories;
  }

  /** Nobody will take changes. */
  rememberNothing(): void {
    this.state.changed = undefined;
  }

  // Workers

  define(
    definitions: readonly WorkerDefinition[],
    now: number,
    memories: ReadonlyMap<string, WorkerMemory> = new Map(),
  ): void {
    this.step(now, (state) => {
      defineWorkers(state, definitions, memories);
    });
  }

  /** What a former process left; before the start. */
  recall(memories: ReadonlyMap<string, WorkerMemory>, now: number): void {
    this.step(now, (state) => {
      for (const worker of state.workers.values()) {
        const memory = memories.get(worker.definition.name);
        if (memory !== undefined) restore(state, worker, memory);
      }
    });
  }

  redefine(definition: WorkerDefinition, now: number): void {
    this.step(now, (state) => {
      redefineWorker(state, this.worker(definition.name), definition);
    });
  }

  remove(name: string, now: number): void {
    this.step(now, (state) => {
      removeWorker(state, this.worker(name));
    });
  }

  enable(name: string, now: number): void {
    this.step(now, (state) => {
      turnOn(state, this.worker(name));
    });
  }

  disable(name: string, reason: string, now: number): void {
    this.step(now, (state) => {
      const at = wallDate(state).getTime();
      turnOff(state, this.worker(name), { by: 'operator', reason, at });
    });
  }

  pause(name: string, now: number): void {
    this.step(now, (state) => {
      hold(state, this.worker(name));
    });
  }

  resume(name: string, now: number): void {
    this.step(now, (state) => {
      letGo(state, this.worker(name));
    });
  }

  // Runs

  /** @returns the run's id */
  trigger(name: string, request: TriggerRequest, now: number): string {
    return this.step(now, (state) => triggerRun(state, this.worker(name), request).id);
  }

  /** Takes over a run that another process has accepted: nothing is told of it, and nothing claimed. */
  adopt(image: RunImage, position: RunPosition, now: number): void {
    this.step(now, (state) => {
      adoptRun(state, this.worker(image.worker), image, position);
    });
  }

  /** Takes over an attempt that was aborted, and has not settled. */
  adoptLingering(image: RunImage, attempt: AttemptImage, now: number): void {
    this.step(now, (state) => {
      adoptLingering(state, this.worker(image.worker), image, attempt);
    });
  }

  /**
   * The attempt is over without an outcome: the run waits again.
   *
   * @param hasBegun whether it counts as an attempt all the same
   */
  attemptReturned(runId: string, number: number, hasBegun: boolean, now: number): void {
    this.step(now, (state) => {
      const attempt = state.runs.get(runId)?.current;
      if (attempt?.number === number) returnAttempt(state, attempt, hasBegun);
      else settleAttempt(state, runId, number);
    });
  }

  /** @returns false where the run had ended already */
  cancel(runId: string, why: string, now: number): boolean {
    return this.step(now, (state) => {
      const run = this.run(runId);
      if (run.endedAt !== undefined) return false;
      cancelRun(state, run, why);
      return true;
    });
  }

  /** Frees what the run's aborted attempts still hold. */
  abandon(runId: string, now: number): void {
    this.step(now, (state) => {
      const attempts = [...state.lingering.values()].filter(({ run }) => run.id === runId);
      // An unknown run is an error.
      if (attempts.length === 0) this.run(runId);
      for (const attempt of attempts) {
        releaseAttempt(state, attempt);
        abandonAttempt(state, runId, attempt.number);
      }
    });
  }

  /** @param isSettled false where the attempt was aborted and may go on for a while */
  attemptEnded(
    runId: string,
    number: number,
    outcome: AttemptOutcome,
    isSettled: boolean,
    now: number,
  ): void {
    this.step(now, (state) => {
      const attempt = state.runs.get(runId)?.current;
      if (attempt?.number === number) endAttempt(state, attempt, outcome, isSettled);
      // Its outcome was fixed before, by a cancellation that crossed its end.
      else if (isSettled) settleAttempt(state, runId, number);
    });
  }

  /** An aborted attempt has settled. */
  attemptSettled(runId: string, number: number, now: number): void {
    this.step(now, (state) => {
      settleAttempt(state, runId, number);
    });
  }

  /** An aborted attempt has ignored its signal for too long. */
  attemptAbandoned(runId: string, number: number, now: number): void {
    this.step(now, (state) => {
      abandonAttempt(state, runId, number);
    });
  }

  progressed(runId: string, fraction: number, message: string | undefined, now: number): void {
    this.step(now, (state) => {
      const run = state.runs.get(runId);
      if (run === undefined || run.endedAt !== undefined) return;
      run.progress = { fraction, message };
      emit(state, {
        type: 'run.progress',
        at: wallDate(state),
        worker: run.worker.definition.name,
        runId,
        fraction,
        ...(message !== undefined && { message }),
      });
    });
  }

  /** `waiter` waits inside its own run for `awaited` to end; a `deadlock` effect says when that is in vain. */
  awaitRun(waiter: string, awaited: string, now: number): void {
    this.step(now, (state) => {
      const [one, other] = [state.runs.get(waiter), state.runs.get(awaited)];
      // A function that was told to end is waited for by nobody, whatever it waits for.
      if (one?.current === undefined || other === undefined || other.endedAt !== undefined) return;
      beginAwaiting(state, one, other);
    });
  }

  stopAwaitingRun(waiter: string, awaited: string): void {
    const { runs } = this.state;
    const [one, other] = [runs.get(waiter), runs.get(awaited)];
    if (one !== undefined && other !== undefined) stopAwaiting(this.state, one, other);
  }

  // The orchestrator

  prepare(now: number): void {
    this.step(now, prepare);
  }

  /** Before the start: it takes over from a process that has made it, and is no start of the application. */
  continue(): void {
    this.state.isContinued = true;
  }

  start(now: number): void {
    this.step(now, begin);
  }

  startWithoutSchedules(now: number): void {
    this.step(now, beginWithoutSchedules);
  }

  pauseAll(now: number): void {
    this.step(now, pauseAll);
  }

  resumeAll(now: number): void {
    this.step(now, resumeAll);
  }

  /** @returns how many waiting runs were cancelled */
  drain(now: number): number {
    return this.step(now, drain);
  }

  stopped(now: number): void {
    this.step(now, finish);
  }

  engineLost(problem: string, now: number): void {
    this.step(now, (state) => {
      loseEngine(state, problem);
    });
  }

  engineFound(now: number): void {
    this.step(now, findEngine);
  }

  /**
   * The wall clock was set: its difference from steady time is another. What follows from that comes with the next
   * command, which may not come after what falls due at this instant.
   */
  wallClockSet(wallOffset: number, now: number): void {
    if (this.state.wallOffset === wallOffset) return;
    const state = this.at(now);
    comeTrueBefore(state, state.now, Infinity);
    state.wallOffset = wallOffset;
    for (const worker of state.onWallClock) followWallClock(state, worker);
  }

  /** Time has passed. */
  tick(now: number): void {
    this.step(now, () => undefined);
  }

  /**
   * What time has brought, then the command, then whatever may start. A command comes before what falls due at the same
   * instant: the previous run that ends then has ended by then.
   *
   * Where time has brought very much at once, one step does not look at all of it, and starts nothing: it is at
   * `nextWakeAt`, which has passed, that the next part of it is looked at.
   */
  private step<Result>(now: number, command: (state: SchedulerState) => Result): Result {
    const state = this.at(now);
    let left = MOST_AT_ONCE - comeTrueBefore(state, state.now, MOST_AT_ONCE);
    try {
      return command(state);
    } finally {
      do {
        left -= comeTrueBefore(state, state.now + 1, left);
        state.isBehind = left === 0 && isMoreDue(state);
        dispatch(state);
      } while (left > 0 && isMoreDue(state));
      if (state.doubtful.size > 0) findDeadlocks(state);
    }
  }
}

const NOTHING: readonly WorkerMemory[] = [];
/** A part that takes a few milliseconds: less would only add up to more. */
const MOST_AT_ONCE = 250;
