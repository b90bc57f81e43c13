import type { LoggerService } from '@nestjs/common';
import type { RunContext } from '../../lib/execution/run-context.js';

/** A run of nothing, made as the real one is: with private fields, and getters on the prototype. */
class FakeRun<Payload> implements RunContext<Payload> {
  readonly #payload: Payload;
  readonly #controller = new AbortController();
  readonly #progress: number[] = [];

  constructor(payload: Payload) {
    this.#payload = payload;
  }

  get runId() {
    return 'run-1';
  }
  get worker() {
    return 'fake';
  }
  get attempt() {
    return 1;
  }
  get payload() {
    return this.#payload;
  }
  get scheduledAt() {
    return new Date(0);
  }
  get missedCount() {
    return 2;
  }
  get lastSuccessAt() {
    return undefined;
  }
  get fencingToken() {
    return 7;
  }
  get signal() {
    return this.#controller.signal;
  }
  get logger(): LoggerService {
    return { log: noop, error: noop, warn: noop };
  }
  get progressed(): readonly number[] {
    return this.#progress;
  }
  progress(fraction: number): void {
    this.#progress.push(fraction);
  }
  extendTimeout(): void {
    this.#progress.push(-1);
  }
  abort(): void {
    this.#controller.abort();
  }
}

export function fakeRun<Payload = undefined>(payload?: Payload): FakeRun<Payload> {
  return new FakeRun(payload as Payload);
}

function noop(): void {
  // Nobody reads it.
}
