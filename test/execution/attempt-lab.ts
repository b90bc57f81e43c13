import type { LoggerService } from '@nestjs/common';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { AttemptOutcome } from '../../lib/core/attempt-outcome.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { startAttempt } from '../../lib/execution/attempt.js';
import type {
  AttemptBody,
  AttemptGrant,
  AttemptSurroundings,
  RunningAttempt,
} from '../../lib/execution/attempt-spec.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

/** An attempt and all that its listener was told; `told` sums it up, with the time of each. */
export interface Started {
  readonly attempt: RunningAttempt;
  readonly told: string[];
  readonly progress: [fraction: number, message: string | undefined][];
  readonly outcomes: AttemptOutcome[];
  readonly values: unknown[];
}

export type AttemptOverrides = Partial<
  AttemptGrant &
    AttemptBody['definition'] &
    Pick<AttemptSurroundings, 'alarms' | 'clock' | 'logger'>
>;

/** Starts attempts in virtual time, with a timeout of 1 s and a grace of 100 ms. */
export function attemptLab() {
  const clock = new VirtualClock(1_000_000);
  const alarms = new Alarms(clock);
  const logger = { log: vi.fn(), warn: vi.fn(), error: vi.fn() } satisfies LoggerService;

  function start(body: (run: RunContext) => unknown, overrides: AttemptOverrides = {}): Started {
    const startedAt = clock.now();
    const at = (): string => `at ${String(clock.now() - startedAt)}`;
    const seen: Omit<Started, 'attempt'> = { told: [], progress: [], outcomes: [], values: [] };
    const all = {
      runId: 'run-1',
      worker: 'mail',
      number: 1,
      payload: undefined,
      scheduledAt: startedAt,
      missedCount: 0,
      lastSuccessAt: undefined,
      timeoutMs: 1_000,
      abortGraceMs: 100,
      retryIf: undefined,
      logger: () => logger,
      alarms,
      clock,
      ...overrides,
    };
    const attempt = startAttempt(
      all,
      { definition: all, call: body },
      {
        ...all,
        progressed: (_, fraction, message) => void seen.progress.push([fraction, message]),
        ended: (_, outcome, value) => {
          seen.told.push(`${outcome.status} ${at()}`);
          seen.outcomes.push(outcome);
          seen.values.push(value);
        },
        settled: () => void seen.told.push(`settled ${at()}`),
        abandoned: () => void seen.told.push(`abandoned ${at()}`),
      },
    );
    return { attempt, ...seen };
  }

  /** Settles once that much virtual time has passed. */
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(resolve, ms));

  return { clock, alarms, logger, start, sleep };
}

/** Fails each test of the file that leaves an unhandled rejection or uncaught exception behind. */
export function guardTheProcess(): void {
  const faults: unknown[] = [];
  const record = (fault: unknown): void => void faults.push(fault);
  beforeEach(() => {
    faults.length = 0;
    process.on('unhandledRejection', record).on('uncaughtException', record);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', record).off('uncaughtException', record);
    expect(faults).toEqual([]);
  });
}
