import { nameOf, type Attempt } from '../history/attempts.js';
import { beginningOf, type History } from '../history/history.js';
import { untroubledMs, type Stretch } from '../history/excuses.js';
import type { PlannedWorker } from '../plan.js';
import { violation, type Check, type Violation } from './check.js';

/** What conflicting workers, a full group and the machine may cost an untroubled run. */
const PATIENCE_MS = 4_000;
/** How much earlier than due a run may begin, by the witness's clock. */
const EARLY_MS = 1_000;

/** The first attempt that the witness saw of a run, which stands for one due instant or several. */
type Stand = Attempt & { readonly due: number };

/** C5. */
export const claimedOnce: Check = {
  id: 'C5',
  says: 'a due instant, and an attempt, begins once',
  violations: (history) => [
    ...punctualWorkers(history).flatMap((worker) => doubleClaims(history, worker)),
    ...repeatedAttempts(history),
  ],
};

/** C6. */
export const noneIsMissing: Check = {
  id: 'C6',
  says: 'every due instant is begun, or stood for by a later run, in time',
  violations: (history) =>
    punctualWorkers(history).flatMap((worker) => [
      ...gaps(history, worker),
      ...untimely(history, worker),
    ]),
};

type Punctual = PlannedWorker & { readonly intervalMs: number };

/** Those that are due for as long as the round lasts. */
function punctualWorkers({ plan }: History): Punctual[] {
  return plan.workers.filter(
    (worker): worker is Punctual =>
      worker.intervalMs !== undefined && worker.version === undefined && worker.fails !== 'always',
  );
}

function standsOf({ attempts, refused }: History, worker: string): Stand[] {
  const first = new Map<string, Stand>();
  for (const attempt of [...attempts, ...refused]) {
    if (attempt.worker !== worker || attempt.due === undefined) continue;
    if (!first.has(attempt.runId)) first.set(attempt.runId, { ...attempt, due: attempt.due });
  }
  return [...first.values()].sort((one, other) => one.due - other.due);
}

function lastDue({ due, missed }: Stand, { intervalMs }: Punctual): number {
  return due + missed * intervalMs;
}

function doubleClaims(history: History, worker: Punctual): Violation[] {
  return standsOf(history, worker.name).flatMap((stand, index, all) => {
    const before = all[index - 1];
    if (before === undefined || stand.due > lastDue(before, worker)) return [];
    const times = `${instant(stand.due)}, which is among ${before.missed + 1} from ${instant(before.due)}`;
    return [violation(stand.from.at, `${nameOf(stand)} is due at ${times} of ${nameOf(before)}`)];
  });
}

function repeatedAttempts({ attempts }: History): Violation[] {
  const boots = new Map<string, string>();
  return attempts.flatMap((attempt) => {
    const key = `${attempt.runId} ${attempt.attempt}`;
    const before = boots.get(key);
    boots.set(key, nameOf(attempt));
    return before === undefined
      ? []
      : [violation(attempt.from.at, `${nameOf(attempt)} began already, on ${before}`)];
  });
}

function gaps(history: History, worker: Punctual): Violation[] {
  return standsOf(history, worker.name).flatMap((stand, index, all) => {
    const before = all[index - 1];
    if (before === undefined) return [];
    const expected = lastDue(before, worker) + worker.intervalMs;
    return stand.due <= expected
      ? []
      : [
          violation(
            stand.from.at,
            `${worker.name} was due at ${instant(expected)}, and next ran for ${instant(stand.due)} (${nameOf(stand)})`,
          ),
        ];
  });
}

function untimely(history: History, worker: Punctual): Violation[] {
  const stands = standsOf(history, worker.name);
  const early = stands
    .filter(({ due, from }) => from.at < due - EARLY_MS)
    .map((stand) => violation(stand.from.at, `${nameOf(stand)} began before it was due`));
  const own = ownStretches(history, worker);
  const late = stands
    .filter((stand) => untroubledMs(history, stand.due, stand.from.at, own) > PATIENCE_MS)
    .map((stand) =>
      violation(stand.from.at, `${nameOf(stand)} began ${stand.from.at - stand.due} ms late`),
    );
  const last = stands.at(-1);
  const next = last === undefined ? 0 : lastDue(last, worker) + worker.intervalMs;
  const end = beginningOf(history, 'paused');
  const silent = untroubledMs(history, next, end) > PATIENCE_MS;
  const silence = violation(end, `${worker.name} was due at ${instant(next)}, and never ran again`);
  return [...early, ...late, ...(silent ? [silence] : [])];
}

/**
 * A worker that may run only once at a time is kept by its own earlier attempts, retries among them: by each for as long
 * as its body is to take, and no longer.
 */
function ownStretches({ attempts, plan }: History, worker: Punctual): Stretch[] {
  const { name, concurrency = 1, bodyMs } = worker;
  if (concurrency > 1) return [];
  return attempts
    .filter((attempt) => attempt.worker === name)
    .map(({ from, to }) => [from.at, Math.min(to.at, from.at + bodyMs + plan.abortGraceMs)]);
}

function instant(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
