import assert from 'node:assert/strict';
import {
  RunCancelledError,
  RunSkippedError,
  RunTimeoutError,
} from '../../../../lib/core/errors.js';
import type { AcceptedRun } from '../../../../lib/engine/engine.js';

type Outcome = { readonly value: unknown } | { readonly error: unknown };

interface Handle {
  readonly worker: string;
  readonly outcomes: Outcome[];
}

const ONE_UNHEARD_IN = 4;

/** The handles of all triggered runs, and how often and how each has settled. */
export class Handles {
  private readonly byRun = new Map<string, Handle>();
  private count = 0;

  watch(worker: string, run: AcceptedRun): void {
    // Nobody has to listen: one that nobody listens to must not end the process.
    if (++this.count % ONE_UNHEARD_IN === 0) {
      void run.ended(undefined);
      return;
    }
    const outcomes: Outcome[] = [];
    this.byRun.set(run.id, { worker, outcomes });
    run.ended(undefined).then(
      (value) => outcomes.push({ value }),
      (error: unknown) => outcomes.push({ error }),
    );
  }

  /** @param endings how each run has ended */
  check(endings: ReadonlyMap<string, string>): void {
    for (const [runId, { worker, outcomes }] of this.byRun) {
      const status = endings.get(runId);
      assert.equal(
        outcomes.length,
        status === undefined ? 0 : 1,
        `I6: how often the handle of ${runId} settles, which is ${status ?? 'live'}`,
      );
      if (status !== undefined) assertFits(status, outcomes[0]!, worker);
    }
  }
}

const ERRORS = {
  cancelled: RunCancelledError,
  skipped: RunSkippedError,
  'timed-out': RunTimeoutError,
};

function assertFits(status: string, outcome: Outcome, worker: string): void {
  if ('value' in outcome) {
    assert.equal(status, 'succeeded', 'I6: a handle resolves where its run succeeded');
    assert(String(outcome.value).startsWith(`${worker} in attempt`), 'I6: the result is its own');
    return;
  }
  assert.notEqual(status, 'succeeded', 'I6: a handle rejects where its run did not succeed');
  if (status in ERRORS) {
    const expected = ERRORS[status as keyof typeof ERRORS];
    assert(outcome.error instanceof expected, `I6: why a ${status} run's handle rejects`);
  }
}
