import { expect } from 'vitest';
import type { Step } from './step.js';

interface StepMatchers<R> {
  /** The step starts attempts of exactly these workers, in this order. */
  toStart(...workers: string[]): R;
  toStartNothing(): R;
  toAbort(...workers: string[]): R;
  /** The step reports an event of this type with these properties. */
  toReport(type: string, properties?: object): R;
  toFindDeadlock(chain: string): R;
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type
  interface Matchers<T = any> extends StepMatchers<T> {}
}

expect.extend({
  toStart(step: Step, ...workers: string[]) {
    return same(this.equals(step.started, workers), 'started', step.started, workers);
  },
  toStartNothing(step: Step) {
    return same(step.started.length === 0, 'started', step.started, []);
  },
  toAbort(step: Step, ...workers: string[]) {
    return same(this.equals(step.aborted, workers), 'aborted', step.aborted, workers);
  },
  toFindDeadlock(step: Step, chain: string) {
    return same(step.deadlocks.includes(chain), 'deadlocks', step.deadlocks, [chain]);
  },
  toReport(step: Step, type: string, properties: object = {}) {
    const wanted = expect.objectContaining({ type, ...properties }) as unknown;
    const pass = step.events.some((event) => this.equals(event, wanted));
    return same(pass, 'events', step.events, wanted);
  },
});

function same(
  pass: boolean,
  what: string,
  actual: unknown,
  expected: unknown,
): { pass: boolean; message: () => string; actual: unknown; expected: unknown } {
  return { pass, message: () => `unexpected ${what}`, actual, expected };
}
