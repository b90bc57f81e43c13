import { describeValue } from '../../core/definition/problem.js';
import type { WorkerMemory } from '../../core/worker-memory.js';

type Rule = (value: unknown) => boolean;

/** The latest instant that a `Date` can hold. */
const LAST_INSTANT = 8.64e15;

const isText: Rule = (value) => typeof value === 'string';
const isCount: Rule = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
// Nor is NaN one.
const isInstant: Rule = (value) => typeof value === 'number' && Math.abs(value) <= LAST_INSTANT;
const isFailure: Rule = (value) => isRecord(value) && isText(value.name) && isText(value.message);
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value);

const RULES: Readonly<Record<keyof WorkerMemory, Rule>> = {
  worker: isText,
  schedule: isText,
  anchorAt: optional(isInstant),
  claimedThrough: optional(isInstant),
  consecutiveFailures: isCount,
  disabled: optional(
    (value) => isRecord(value) && isText(value.by) && isText(value.reason) && isInstant(value.at),
  ),
  probeAt: optional(isInstant),
  coolDownMs: optional(isCount),
  lastStartAt: optional(isInstant),
  calledOffAt: optional(isInstant),
  lastSuccessAt: optional(isInstant),
  lastEndAt: optional(isInstant),
  lastEndStatus: optional(isText),
  lastRun: optional(
    (value) =>
      isRecord(value) &&
      isText(value.id) &&
      isText(value.status) &&
      isInstant(value.scheduledAt) &&
      optional(isInstant)(value.startedAt) &&
      isInstant(value.endedAt) &&
      optional(isFailure)(value.error),
  ),
  lastError: optional(isFailure),
};

/**
 * What a store has loaded, if it can be what was saved: one instant that is none would make a worker's every due instant
 * none, and with it the one timer of all.
 *
 * @throws TypeError naming the worker, what is wrong and what to do
 */
export function readMemories(loaded: unknown): readonly WorkerMemory[] {
  if (!Array.isArray(loaded)) throw new TypeError(`load() gave ${describeValue(loaded)}, no array`);
  for (const memory of loaded as readonly unknown[]) assertSound(memory);
  return loaded as readonly WorkerMemory[];
}

function assertSound(memory: unknown): void {
  const read: Record<string, unknown> = isRecord(memory) ? memory : {};
  const wrong = Object.entries(RULES).find(([key, isRight]) => !isRight(read[key]));
  if (wrong === undefined) return;
  const [key] = wrong;
  throw new TypeError(
    `what it holds of the worker ${describeValue(read.worker)} is damaged: ${key} = ${describeValue(read[key])}; ` +
      'remove that entry, and the worker begins anew',
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
