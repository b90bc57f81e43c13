import { Logger } from '@nestjs/common';
import { ChurningMap } from '../../core/churning-map.js';
import type { AttemptOutcome } from '../../core/attempt-outcome.js';
import type { Alarms } from '../../execution/alarms.js';
import { startAttempt } from '../../execution/attempt.js';
import type {
  AttemptGrant,
  AttemptListener,
  AttemptSurroundings,
  RunningAttempt,
} from '../../execution/attempt-spec.js';
import type { Clock } from '../../execution/clock.js';
import type { EngineWorker } from '../engine.js';

interface HouseListener extends Omit<AttemptListener, 'ended'> {
  /** @param isSettled false where it was aborted, and its body may go on */
  ended(attempt: RunningAttempt, outcome: AttemptOutcome, value: unknown, isSettled: boolean): void;
}

const ABORTED: ReadonlySet<AttemptOutcome['status']> = new Set(['timed-out', 'cancelled', 'lost']);

/** The attempts that are at work in this process. */
export class AttemptHouse {
  private readonly workers = new Map<string, EngineWorker>();
  /** Everything that began and has neither settled nor been abandoned, by run and number. */
  private readonly unsettled = new ChurningMap<RunningAttempt>();
  private readonly surroundings: AttemptSurroundings;
  /** Called whenever an attempt has settled or was abandoned. */
  onLeft: ((attempt: RunningAttempt, how: 'ended' | 'settled' | 'abandoned') => void) | undefined;

  constructor(alarms: Alarms, clock: Clock, listener: HouseListener) {
    this.surroundings = {
      alarms,
      clock,
      logger: ({ worker, runId }) => new Logger(`${worker} ${runId}`),
      progressed: (attempt, fraction, message) => {
        listener.progressed(attempt, fraction, message);
      },
      ended: (attempt, outcome, value) => {
        const isSettled = !ABORTED.has(outcome.status);
        listener.ended(attempt, outcome, value, isSettled);
        if (isSettled) this.leave(attempt, 'ended');
      },
      settled: (attempt) => {
        listener.settled(attempt);
        this.leave(attempt, 'settled');
      },
      abandoned: (attempt) => {
        listener.abandoned(attempt);
        this.leave(attempt, 'abandoned');
      },
    };
  }

  /** The worker's options and function for attempts from now on. */
  employ(worker: EngineWorker): void {
    this.workers.set(worker.definition.name, worker);
  }

  dismiss(name: string): void {
    this.workers.delete(name);
  }

  /** As it was employed last; `undefined` where it was dismissed. */
  employed(name: string): EngineWorker | undefined {
    return this.workers.get(name);
  }

  begin(order: AttemptGrant, worker: EngineWorker): void {
    const attempt = startAttempt(order, worker, this.surroundings);
    this.unsettled.set(keyOf(order.runId, order.number), attempt);
  }

  abort(runId: string, number: number, reason: Error, why: string): void {
    this.unsettled.get(keyOf(runId, number))?.abort(reason, { status: 'cancelled', why });
  }

  /** Like {@link abort}, where another process decides what becomes of the run. */
  lose(runId: string, number: number, reason: Error): void {
    this.unsettled.get(keyOf(runId, number))?.abort(reason, { status: 'lost' });
  }

  /** Gives up at once what the run's attempts have left behind. */
  abandon(runId: string): void {
    for (const attempt of this.unsettled.values()) {
      if (attempt.runId === runId) attempt.abandon();
    }
  }

  all(): readonly RunningAttempt[] {
    return this.unsettled.values();
  }

  private leave(attempt: RunningAttempt, how: 'ended' | 'settled' | 'abandoned'): void {
    const { runId, number } = attempt;
    if (this.unsettled.delete(keyOf(runId, number))) this.onLeft?.(attempt, how);
  }
}

function keyOf(runId: string, number: number): string {
  return number === 1 ? runId : `${runId}#${String(number)}`;
}
