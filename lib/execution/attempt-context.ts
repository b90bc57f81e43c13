import type { LoggerService } from '@nestjs/common';
import type { Duration } from '../core/duration.js';
import type { AttemptSpec } from './attempt-spec.js';
import type { RunContext } from './run-context.js';

/** What the body may do with its own attempt. */
export interface AttemptControl {
  readonly spec: AttemptSpec;
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

  constructor(attempt: AttemptControl) {
    this.#attempt = attempt;
  }

  get runId(): string {
    return this.#attempt.spec.runId;
  }

  get worker(): string {
    return this.#attempt.spec.worker;
  }

  get attempt(): number {
    return this.#attempt.spec.number;
  }

  get payload(): unknown {
    return this.#attempt.spec.payload;
  }

  get scheduledAt(): Date {
    return this.#attempt.spec.scheduledAt;
  }

  get missedCount(): number {
    return this.#attempt.spec.missedCount;
  }

  get lastSuccessAt(): Date | undefined {
    return this.#attempt.spec.lastSuccessAt;
  }

  get fencingToken(): number | undefined {
    return this.#attempt.spec.fencingToken;
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
