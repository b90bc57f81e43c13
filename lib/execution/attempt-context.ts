import type { LoggerService } from '@nestjs/common';
import type { Duration } from '../core/duration.js';
import type { AttemptGrant } from './attempt-spec.js';
import type { RunContext } from './run-context.js';

/** What the body may do with its own attempt. */
export interface AttemptControl {
  readonly order: AttemptGrant;
  readonly signal: AbortSignal;
  readonly logger: LoggerService;
  progress(fraction: number, message: string | undefined): void;
  extendTimeout(duration: Duration): void;
}

/**
 * The {@link RunContext} of one attempt.
 *
 * Made for each attempt, so it holds one reference and looks up the rest when asked. The methods
 * are getters too, so that they work when taken off it (`const { progress } = run`).
 */
export class AttemptContext implements RunContext {
  readonly #attempt: AttemptControl;
  #payload: unknown;

  constructor(attempt: AttemptControl) {
    this.#attempt = attempt;
  }

  get runId(): string {
    return this.#attempt.order.runId;
  }

  get worker(): string {
    return this.#attempt.order.worker;
  }

  get attempt(): number {
    return this.#attempt.order.number;
  }

  get payload(): unknown {
    // Its own: what one attempt does to it is not for the next one to find.
    return (this.#payload ??= structuredClone(this.#attempt.order.payload));
  }

  get scheduledAt(): Date {
    return new Date(this.#attempt.order.scheduledAt);
  }

  get missedCount(): number {
    return this.#attempt.order.missedCount;
  }

  get lastSuccessAt(): Date | undefined {
    const { lastSuccessAt } = this.#attempt.order;
    return lastSuccessAt === undefined ? undefined : new Date(lastSuccessAt);
  }

  get fencingToken(): number | undefined {
    return this.#attempt.order.fencingToken;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get logger(): LoggerService {
    return this.#attempt.logger;
  }

  get progress(): RunContext['progress'] {
    return (fraction, message) => {
      this.#attempt.progress(fraction, message);
    };
  }

  get extendTimeout(): RunContext['extendTimeout'] {
    return (duration) => {
      this.#attempt.extendTimeout(duration);
    };
  }
}
