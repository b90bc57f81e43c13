import { Logger } from '@nestjs/common';
import { ChurningMap } from '../../core/churning-map.js';
import type { AttemptOutcome } from '../../core/attempt-outcome.js';
import type { AttemptOrder } from '../../core/effect.js';
import type { Alarms } from '../../execution/alarms.js';
import { startAttempt } from '../../execution/attempt.js';
import type { AttemptListener, RunningAttempt } from '../../execution/attempt-spec.js';
import type { Clock } from '../../execution/clock.js';
import type { EngineWorker } from '../engine.js';

interface HouseListener extends Omit<AttemptListener, 'ended'> {
  /** @param isSettled false where it was aborted, and its body may go on */
  ended(attempt: RunningAttempt, outcome: AttemptOutcome, value: unknown, isSettled: boolean): void;
}

interface Unsettled {
  readonly attempt: RunningAttempt;
  readonly graceMs: number;
}

/** The attempts that are at work in this process. */
export class AttemptHouse {
  private readonly workers = new Map<string, EngineWorker>();
  private readonly running = new ChurningMap<RunningAttempt>();
  /** Everything that began and has neither settled nor been abandoned, by run and number. */
  private readonly unsettled = new ChurningMap<Unsettled>();
  private readonly listener: AttemptListener;
  /** Called whenever an attempt has settled or was abandoned. */
  onLeft: ((attempt: RunningAttempt, how: 'ended' | 'settled' | 'abandoned') => void) | undefined;

  constructor(
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    listener: HouseListener,
  ) {
    this.listener = {
      progressed: (attempt, fraction, message) => {
        listener.progressed(attempt, fraction, message);
      },
      ended: (attempt, outcome, value) => {
        const isSettled = outcome.status !== 'timed-out' && outcome.status !== 'cancelled';
        this.running.delete(attempt.runId);
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

  /** @returns what begins the attempt; `undefined` where its worker was dismissed */
  plan(order: AttemptOrder): (() => void) | undefined {
    const employed = this.workers.get(order.worker);
    return (
      employed &&
      (() => {
        this.begin(order, employed);
      })
    );
  }

  abort(runId: string, number: number, reason: Error, why: string): void {
    const attempt = this.running.get(runId);
    if (attempt?.number === number) attempt.abort(reason, { status: 'cancelled', why });
  }

  /** Gives up at once what the run's attempts have left behind. */
  abandon(runId: string): void {
    for (const { attempt } of this.unsettled.values()) {
      if (attempt.runId === runId) attempt.abandon();
    }
  }

  all(): Iterable<RunningAttempt> {
    return this.unsettled.values().map(({ attempt }) => attempt);
  }

  graceMsOf(attempt: RunningAttempt): number {
    return this.unsettled.get(keyOf(attempt))?.graceMs ?? 0;
  }

  private begin(order: AttemptOrder, { definition, call }: EngineWorker): void {
    const { runId, worker, number, payload, scheduledAt, missedCount, lastSuccessAt } = order;
    const attempt = startAttempt(
      {
        runId,
        worker,
        number,
        payload,
        scheduledAt: new Date(scheduledAt),
        missedCount,
        lastSuccessAt: lastSuccessAt === undefined ? undefined : new Date(lastSuccessAt),
        fencingToken: undefined,
        timeoutMs: definition.timeoutMs,
        abortGraceMs: definition.abortGraceMs,
        retryIf: definition.retryIf,
        body: call,
        logger: () => new Logger(`${worker} ${runId}`),
        alarms: this.alarms,
        clock: this.clock,
      },
      this.listener,
    );
    this.running.set(runId, attempt);
    this.unsettled.set(keyOf(attempt), { attempt, graceMs: definition.abortGraceMs });
  }

  private leave(attempt: RunningAttempt, how: 'ended' | 'settled' | 'abandoned'): void {
    if (this.unsettled.delete(keyOf(attempt))) this.onLeft?.(attempt, how);
  }
}

function keyOf({ runId, number }: RunningAttempt): string {
  return number === 1 ? runId : `${runId}#${String(number)}`;
}
