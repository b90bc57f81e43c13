import type { LoggerService } from '@nestjs/common';
import type { AttemptOutcome } from '../core/attempt-outcome.js';
import { parseDuration, type Duration } from '../core/duration.js';
import { RunTimeoutError } from '../core/errors.js';
import type { Alarm } from './alarms.js';
import { AttemptContext, type AttemptControl } from './attempt-context.js';
import type {
  AttemptBody,
  AttemptGrant,
  AttemptSurroundings,
  RunningAttempt,
} from './attempt-spec.js';
import { boundedText } from './bounded-text.js';
import { classifyThrown, classifyTimeout, type Complain, type RetryIf } from './classify-thrown.js';
import { containListeners } from './contain-listeners.js';
import { outsideRuns, runInContext } from './current-run.js';
import { drain, isDrainable, type Drainable } from './drain.js';
import { failureLine, normaliseFailure } from './normalise-failure.js';
import { unsettledWork } from './unsettled-work.js';

const SUCCEEDED: AttemptOutcome = { status: 'succeeded' };
const NEXT_MICROTASK = Promise.resolve();
const LONGEST_PROGRESS_MESSAGE = 500;

/**
 * Calls the body, in a while, and tells the surroundings what becomes of it.
 *
 * Nobody is called before this returns: who starts attempts is in the middle of a decision, and must not be called back
 * into it.
 */
export function startAttempt(
  order: AttemptGrant,
  body: AttemptBody,
  surroundings: AttemptSurroundings,
): RunningAttempt {
  const attempt = new Attempt(order, body, surroundings);
  void outsideRuns(() => attempt.run());
  return attempt;
}

class Attempt implements RunningAttempt, AttemptControl {
  private readonly context = new AttemptContext(this);
  private readonly startedAt: number;
  private hasEnded = false;
  /** The body has settled, or is not waited for any longer. */
  private hasLeft = false;
  /** The timeout; after an abort, the end of the grace. */
  private alarm: Alarm | undefined;
  private grantedMs = Infinity;
  private fraction = 0;
  private abortReason: Error | undefined;
  private controller: AbortController | undefined;
  private knownLogger: LoggerService | undefined;

  constructor(
    readonly order: AttemptGrant,
    private readonly body: AttemptBody,
    private readonly surroundings: AttemptSurroundings,
  ) {
    this.startedAt = surroundings.clock.now();
    const { timeoutMs } = body.definition;
    if (timeoutMs !== undefined) this.grant(this.startedAt, timeoutMs);
  }

  get runId(): string {
    return this.order.runId;
  }

  get worker(): string {
    return this.order.worker;
  }

  get number(): number {
    return this.order.number;
  }

  get abortGraceMs(): number {
    return this.body.definition.abortGraceMs;
  }

  /** Made when asked for: most bodies do not, and it costs more than the rest of an attempt. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      containListeners(this.controller.signal, this.context, (thrown) => {
        const line = failureLine(normaliseFailure(thrown));
        this.complain('error', `has an abort listener that failed. ${line}`);
      });
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  get logger(): LoggerService {
    this.knownLogger ??= this.surroundings.logger(this);
    return this.knownLogger;
  }

  async run(): Promise<void> {
    await NEXT_MICROTASK;
    let outcome = SUCCEEDED;
    let value: unknown;
    try {
      try {
        if (!this.hasEnded) value = await runInContext(this.context, this.body.call);
        if (isDrainable(value)) value = await this.drained(value);
      } finally {
        const work = unsettledWork(this.context);
        if (work !== undefined) await work;
      }
    } catch (thrown) {
      value = thrown;
      // A late rejection counts for nothing, so nobody is asked about it.
      if (!this.hasEnded) outcome = classifyThrown(thrown, this.retryIf, this.complain);
    }
    this.hasLeft = true;
    if (this.hasEnded) this.settle();
    else this.end(outcome, value);
  }

  abort(reason: Error, outcome: AttemptOutcome): void {
    if (this.hasEnded) return;
    this.abortReason = reason;
    // First, because the listeners of the signal are code of the worker: it may ask about this run.
    this.end(outcome, reason);
    this.controller?.abort(reason);
    if (this.hasLeft) return;
    const { alarms, clock } = this.surroundings;
    this.alarm = alarms.set(clock.now() + this.abortGraceMs, () => {
      this.abandon();
    });
  }

  abandon(): void {
    if (!this.hasEnded || this.hasLeft) return;
    this.hasLeft = true;
    this.dropAlarm();
    this.surroundings.abandoned(this);
  }

  progress(fraction: number, message: string | undefined): void {
    if (this.hasEnded) return;
    this.fraction = progressFraction(fraction, this.fraction);
    this.surroundings.progressed(this, this.fraction, progressMessage(message));
  }

  extendTimeout(duration: Duration): void {
    const grantMs = parseDuration(duration);
    if (grantMs === undefined || grantMs === 0) throw new TypeError(badGrant(duration));
    if (this.hasEnded || this.alarm === undefined) return;
    this.surroundings.alarms.clear(this.alarm);
    this.grant(this.surroundings.clock.now(), grantMs);
  }

  private grant(now: number, grantMs: number): void {
    this.grantedMs = now - this.startedAt + grantMs;
    this.alarm = this.surroundings.alarms.set(now + grantMs, () => {
      this.timeOut();
    });
  }

  private timeOut(): void {
    const error = new RunTimeoutError(this.worker, this.runId, this.grantedMs);
    this.abort(error, classifyTimeout(error, this.retryIf, this.complain));
  }

  private drained(source: Drainable): Promise<unknown> {
    return runInContext(this.context, () => drain(source, this.signal));
  }

  private end(outcome: AttemptOutcome, value: unknown): void {
    this.hasEnded = true;
    this.dropAlarm();
    this.body.ended?.(this, outcome);
    this.surroundings.ended(this, outcome, value);
  }

  private settle(): void {
    this.dropAlarm();
    this.surroundings.settled(this);
  }

  private dropAlarm(): void {
    if (this.alarm !== undefined) this.surroundings.alarms.clear(this.alarm);
  }

  private get retryIf(): RetryIf | undefined {
    return this.body.definition.retryIf;
  }

  private get complain(): Complain {
    return (level, problem) => {
      try {
        this.logger[level](`Worker "${this.worker}" ${problem}`);
      } catch {
        // A logger that fails leaves nobody to tell.
      }
    };
  }
}

/** What is no number moves nothing, but may carry a message. */
function progressFraction(given: unknown, current: number): number {
  if (typeof given !== 'number' || Number.isNaN(given)) return current;
  return Math.min(Math.max(given, 0), 1);
}

function progressMessage(given: unknown): string | undefined {
  return typeof given === 'string' ? boundedText(given, LONGEST_PROGRESS_MESSAGE) : undefined;
}

function badGrant(given: unknown): string {
  const shown = typeof given === 'string' ? JSON.stringify(given.slice(0, 50)) : typeof given;
  return (
    'extendTimeout() takes a positive duration, in whole milliseconds or as text such as ' +
    `'30s' or '5m'; it was given ${typeof given === 'number' ? String(given) : shown}.`
  );
}
