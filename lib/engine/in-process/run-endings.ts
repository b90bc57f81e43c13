import { ChurningMap } from '../../core/churning-map.js';
import type { EndingEvent } from '../../core/event.js';
import {
  DeadlockError,
  LeaseLostError,
  RunCancelledError,
  RunFailedError,
  RunSkippedError,
  RunTimeoutError,
} from '../../core/errors.js';

type Ending = { readonly result: unknown } | { readonly error: unknown };
type Settle = (ending: Ending) => void;

/** How one run ends, for whoever holds its handle. */
export class RunEnding {
  private ending: Ending | undefined;
  private listeners: Settle[] | undefined;
  private promise: Promise<unknown> | undefined;
  /** The last attempt's result, or what it threw. */
  value: unknown;

  get isSettled(): boolean {
    return this.ending !== undefined;
  }

  /** How, once it has. */
  get settledAs(): Ending | undefined {
    return this.ending;
  }

  settle(ending: Ending): void {
    this.ending = ending;
    for (const listener of this.listeners ?? []) listener(ending);
    this.listeners = undefined;
  }

  wait(): Promise<unknown> {
    return (this.promise ??= this.interruptible().promise);
  }

  /** A promise of the run's end that may be rejected before it. */
  interruptible(): { readonly promise: Promise<unknown>; readonly reject: (error: Error) => void } {
    let settle: Settle = () => undefined;
    const promise = new Promise<unknown>((resolve, reject) => {
      settle = (ending) => {
        if ('result' in ending) {
          resolve(ending.result);
          return;
        }
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a worker's own
        reject(ending.error);
        // Awaiting is optional: a failure that nobody waits for is no unhandled rejection.
        promise.catch(() => undefined);
      };
    });
    if (this.ending === undefined) (this.listeners ??= []).push(settle);
    else settle(this.ending);
    return {
      promise,
      reject: (error) => {
        // What comes later settles it no more.
        settle({ error });
      },
    };
  }
}

/** The endings that somebody may ask for, as long as their runs live. */
export class RunEndings {
  private readonly byRun = new ChurningMap<RunEnding>();
  /** Waits inside runs, by waiter and awaited run. */
  private readonly waits = new Map<string, Set<(error: Error) => void>>();

  of(runId: string): RunEnding {
    const known = this.byRun.get(runId);
    if (known !== undefined) return known;
    const ending = new RunEnding();
    this.byRun.set(runId, ending);
    return ending;
  }

  /** What the run's latest attempt returned or threw, in case somebody asks. */
  note(runId: string, value: unknown): void {
    const ending = this.byRun.get(runId);
    if (ending !== undefined) ending.value = value;
  }

  settle(event: EndingEvent): void {
    const { runId } = event;
    const ending = runId === undefined ? undefined : this.byRun.get(runId);
    // A due instant that a waiting run stands for is skipped in that run's name, without ending it.
    if (runId === undefined || ending === undefined || isStandIn(event)) return;
    this.byRun.delete(runId);
    ending.settle(endingOf(event, runId, ending.value));
  }

  /** Like `ending.wait()`, but a deadlock ends it. */
  waitInside(
    waiter: string,
    awaited: string,
    ending: RunEnding,
    onOver: () => void,
  ): Promise<unknown> {
    const key = waitKey(waiter, awaited);
    const { promise, reject } = ending.interruptible();
    const waits = this.waits.get(key) ?? new Set();
    this.waits.set(key, waits.add(reject));
    promise
      .catch(() => undefined)
      .finally(() => {
        waits.delete(reject);
        if (waits.size > 0) return;
        this.waits.delete(key);
        onOver();
      });
    return promise;
  }

  /** Nobody watches over them any more. */
  dropWaits(error: Error): void {
    for (const rejects of [...this.waits.values()]) for (const reject of rejects) reject(error);
  }

  deadlock(waiter: string, awaited: string, chain: readonly string[]): void {
    for (const reject of this.waits.get(waitKey(waiter, awaited)) ?? []) {
      reject(new DeadlockError(chain));
    }
  }
}

function isStandIn(event: EndingEvent): boolean {
  return event.type === 'run.skipped' && event.isStandIn === true;
}

function waitKey(waiter: string, awaited: string): string {
  return `${waiter}>${awaited}`;
}

function endingOf(event: EndingEvent, runId: string, value: unknown): Ending {
  const { worker } = event;
  switch (event.type) {
    case 'run.succeeded':
      return { result: value };
    case 'run.cancelled':
      return { error: new RunCancelledError(worker, runId, event.why) };
    case 'run.skipped':
      return { error: new RunSkippedError(worker, runId, event.why ?? event.reason) };
    case 'run.lost':
      return { error: new LeaseLostError(worker, runId) };
    case 'run.timed-out':
      return { error: isA(RunTimeoutError, value) ? value : failed(event, runId, value) };
    case 'run.failed':
      return { error: isA(Error, value) ? value : failed(event, runId, value) };
  }
}

/** What was thrown may be a proxy that throws when it is asked. */
function isA(type: typeof Error | typeof RunTimeoutError, value: unknown): boolean {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

function failed(
  event: Extract<EndingEvent, { type: 'run.failed' | 'run.timed-out' | 'run.lost' }>,
  runId: string,
  value: unknown,
): RunFailedError {
  return new RunFailedError(event.worker, runId, event.failure?.message ?? 'unknown', value);
}
