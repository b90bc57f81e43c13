import { describeValue } from './core/definition/problem.js';
import { parseDuration, type Duration } from './core/duration.js';
import { PayloadError } from './core/errors.js';
import type { TriggerRequest } from './core/life-cycle/trigger-run.js';
import {
  parsePriority,
  PRIORITY_NAMES,
  type JobPriority,
  type JobPriorityName,
} from './core/priority.js';
import { isStorable } from './execution/storable.js';
import { copyOfPayload } from './payload.js';

/** Options of `OrchestratorService.triggerWorker`. @publicApi */
export interface TriggerOptions {
  /**
   * Given to the run as JSON would carry it: dates arrive as text, what `toJSON` returns arrives in its object's place.
   * What JSON would lose is refused with `PayloadError`, which says where it stands: functions, symbols, bigints,
   * numbers that are none, circles, `undefined` in an array, and without a `toJSON` every object of a kind of its own
   * (a map, a promise, an `ArrayBuffer`, `URLSearchParams`). So are NUL and halves of surrogate pairs in texts, which
   * not every store takes. Of an instance of a class its properties arrive; those that are `undefined` are left out.
   */
  readonly payload?: unknown;
  /** @default the worker's */
  readonly priority?: JobPriority | JobPriorityName;
  /** The run is due after this. @default 0 */
  readonly delay?: Duration;
  /** While a run of this key has not ended, a further trigger gives a handle of that run. 1–256 characters. */
  readonly dedupeKey?: string;
}

const KNOWN = new Set(['payload', 'priority', 'delay', 'dedupeKey']);

/** @throws PayloadError */
export function readTriggerOptions(worker: string, options: TriggerOptions): TriggerRequest {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PayloadError(
      worker,
      `its options are ${describeValue(given)}; data for the worker goes in { payload: … }`,
    );
  }
  const { payload, delay, dedupeKey } = options;
  const unknown = Object.keys(options).find((option) => !KNOWN.has(option));
  if (unknown !== undefined) {
    throw new PayloadError(
      worker,
      `there is no option "${unknown}"; data for the worker goes in { payload: … }`,
    );
  }
  const priority = parsePriority(options.priority);
  if (priority === undefined && options.priority !== undefined) {
    throw new PayloadError(
      worker,
      `priority = ${describeValue(options.priority)} is none of ${PRIORITY_NAMES}`,
    );
  }
  const delayMs = delay === undefined ? 0 : parseDuration(delay);
  if (delayMs === undefined) {
    throw new PayloadError(worker, `delay = ${describeValue(delay)} is no duration`);
  }
  if (dedupeKey !== undefined && !isKey(dedupeKey)) {
    throw new PayloadError(
      worker,
      `dedupeKey = ${describeValue(dedupeKey)} is not 1–256 characters of text that every store takes`,
    );
  }
  return { payload: copyOfPayload(worker, payload), priority, delayMs, dedupeKey };
}

function isKey(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length >= 1 &&
    value.length <= 256 &&
    isStorable(JSON.stringify(value))
  );
}
