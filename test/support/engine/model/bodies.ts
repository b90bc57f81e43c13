import { NonRetryableError, RetryAfterError, SkipRunError } from '../../../../lib/core/errors.js';
import type { RunContext } from '../../../../lib/execution/run-context.js';
import { THROWN_VALUES } from '../../thrown-values.js';
import type { Settlement } from './engine-command.js';
import { withoutPrefixes } from './event-line.js';

/** What a worker's function is told to do next. */
export type Order =
  | { readonly settle: Exclude<Settlement, 'never'> }
  /** Something else first, inside the run. */
  | { readonly first: () => Promise<void> };

/** One call of a worker's function. */
export class Body {
  private readonly orders: Order[] = [];
  private wake: () => void = () => undefined;
  /** Told to take for ever. */
  isStubborn = false;
  /** Told how to end. */
  isEnding = false;
  /** The run whose end it awaits. */
  awaited: string | undefined;
  hasSettled = false;
  /** Given up, and what it held was freed. */
  isFreed = false;

  constructor(readonly run: RunContext) {}

  /** Whether it does as it is told. */
  get isIdle(): boolean {
    return !this.isEnding && this.awaited === undefined && !this.hasSettled;
  }

  tell(order: Order): void {
    if ('settle' in order) this.isEnding = true;
    this.orders.push(order);
    this.wake();
  }

  /** Does as it is told, until it is told to end. @returns what it returns, or throws */
  async obey(turn: () => Promise<unknown>): Promise<string> {
    for (;;) {
      const order = await this.next();
      await turn();
      if ('settle' in order) return end(this.run, order.settle);
      await order.first();
    }
  }

  private async next(): Promise<Order> {
    for (;;) {
      const order = this.orders.shift();
      if (order !== undefined) return order;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** What the run's handle gives. */
export function resultOf({ worker, attempt }: RunContext): string {
  return `${worker} in attempt ${attempt}`;
}

/** Without those that only take long to print. */
const THROWN = THROWN_VALUES.filter(({ what }) => !/MB|huge|10 000/.test(what));
const RETRY_AFTER_MS = 12;

function end(run: RunContext, how: Exclude<Settlement, 'never'>): string {
  switch (how) {
    case 'return':
      return resultOf(run);
    case 'throw':
      throw THROWN[
        (parseInt(withoutPrefixes(run.runId), 36) + run.attempt) % THROWN.length
      ]!.make();
    case 'throw-final':
      throw new NonRetryableError('never again');
    case 'throw-retry-after':
      throw new RetryAfterError(RETRY_AFTER_MS);
    case 'skip':
      throw new SkipRunError('nothing to do');
  }
}
