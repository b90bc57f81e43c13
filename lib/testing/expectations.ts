import { AssertionError } from 'node:assert';
import { parseDuration, type Duration } from '../core/duration.js';
import { nearestName } from '../core/graph/nearest-name.js';
import type { Recorded, Timeline } from './timeline.js';
import type { VirtualClock } from './virtual-clock.js';

/** An instant of the wall clock, or how long after the start: a time that no setting of the wall clock moves. @publicApi */
export type Instant = Date | Duration | `${number}-${string}`;

const MOST_INSTANTS = 10;

/** What is known about workers besides their timeline. */
export interface Witness {
  readonly timeline: Timeline;
  readonly clock: VirtualClock;
  readonly names: () => readonly string[];
  /** Why a worker does not run. */
  readonly reasonOf: (worker: string) => string;
}

/** What else is expected of a worker that ran. @publicApi */
export interface RanExpectation {
  /** Exactly so many runs started; attempts after the first do not count. @throws AssertionError */
  times(count: number): this;
  /**
   * A run started at each of these instants, and maybe at others.
   *
   * @example
   * ```ts
   * kit.expectRan('roll-up').times(2).at('0s', '1h');
   * kit.expectRan('report').at('2026-01-01T03:00:00Z');
   * ```
   * @throws AssertionError; RangeError for what is no instant
   */
  at(...instants: Instant[]): this;
}

export function expectRan(witness: Witness, worker: string): RanExpectation {
  const { timeline, clock } = witness;
  const { runs, told } = look(witness, worker);
  if (runs.length === 0) fail(witness, `Expected "${worker}" to run, but it did not.`, [worker]);
  return {
    times(count) {
      if (runs.length === count) return this;
      const problem = `Expected "${worker}" to run ${times(count)}, but it ran ${told}.`;
      return fail(witness, problem, runs.length < count ? [worker] : []);
    },
    at(...instants) {
      for (const instant of instants) {
        const { at, on } = readInstant(instant, clock);
        if (runs.some((run) => run[on] === at)) continue;
        const isSet = on === 'beganAtWall' && clock.wallOffset() !== 0;
        const expected = isSet ? new Date(at).toISOString() : timeline.since(at);
        fail(witness, `Expected "${worker}" to run at ${expected}, but it ran ${told}.`, [worker]);
      }
      return this;
    },
  };
}

export function expectNeverRan(witness: Witness, worker: string): void {
  const { runs, told } = look(witness, worker);
  if (runs.length > 0) fail(witness, `Expected "${worker}" never to run, but it ran ${told}.`, []);
}

export function expectOrder(witness: Witness, workers: readonly string[]): void {
  const order = workers.join(' → ');
  const mentions = new Map<string, number>();
  let before: { readonly name: string; readonly ended: number } | undefined;
  for (const worker of workers) {
    const turn = mentions.get(worker) ?? 0;
    mentions.set(worker, turn + 1);
    const name = turn === 0 ? `"${worker}"` : `"${worker}" (run ${String(turn + 1)})`;
    const run = look(witness, worker).runs[turn];
    if (run === undefined)
      return fail(witness, `Expected ${order}, but ${name} did not run.`, [worker]);
    if (before !== undefined && run.began < before.ended) {
      fail(witness, `Expected ${order}, but ${name} began before ${before.name} had ended.`, []);
    }
    before = { name, ended: run.ended };
  }
}

export function expectNeverConcurrent(witness: Witness, named: readonly string[]): void {
  const workers = [...new Set(named)];
  const expected = `Expected ${workers.map((name) => `"${name}"`).join(', ')} never to run at the same time, but`;
  for (const worker of workers) {
    if (look(witness, worker).runs.length > 0) continue;
    fail(witness, `${expected} "${worker}" did not run at all, which proves nothing.`, [worker]);
  }
  const attempts = witness.timeline.attempts.filter(({ worker }) => workers.includes(worker));
  /** Of each worker the one that ends last, of those that have begun. */
  const latest = new Map<string, Recorded>();
  for (const attempt of attempts) {
    for (const one of latest.values()) {
      const isItsOwn = workers.length > 1 && one.worker === attempt.worker;
      if (isItsOwn || attempt.began >= one.ended) continue;
      const at = witness.timeline.since(attempt.beganAt);
      const overlap = `"${attempt.worker}" began at ${at}, while "${one.worker}" was running.`;
      fail(witness, `${expected} ${overlap}`, []);
    }
    const { ended = -Infinity } = latest.get(attempt.worker) ?? {};
    if (attempt.ended > ended) latest.set(attempt.worker, attempt);
  }
}

function look(
  witness: Witness,
  worker: string,
): { readonly runs: readonly Recorded[]; readonly told: string } {
  const { timeline } = witness;
  const names = witness.names();
  const runs = timeline.runsOf(worker);
  if (runs.length === 0 && !names.includes(worker)) {
    const nearest = nearestName(worker, names);
    const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
    return fail(witness, `There is no worker "${worker}".${meant}`, []);
  }
  const instants = runs
    .slice(0, MOST_INSTANTS)
    .map((run) => timeline.instantOf(run))
    .join(', ');
  const more = runs.length > MOST_INSTANTS ? ' and so on' : '';
  const told = runs.length === 0 ? 'never' : `${times(runs.length)} (at ${instants}${more})`;
  return { runs, told };
}

function times(count: number): string {
  return count === 1 ? 'once' : `${String(count)} times`;
}

function readInstant(
  instant: Instant,
  clock: VirtualClock,
): { readonly at: number; readonly on: 'beganAt' | 'beganAtWall' } {
  const duration = parseDuration(instant);
  if (duration !== undefined) return { at: clock.startedAt.getTime() + duration, on: 'beganAt' };
  const at = new Date(instant).getTime();
  if (Number.isNaN(at))
    throw new RangeError(`${String(instant)} is neither an instant nor a duration.`);
  return { at, on: 'beganAtWall' };
}

function fail(witness: Witness, problem: string, idle: readonly string[]): never {
  const message = [
    problem,
    ...idle.map((worker) => witness.reasonOf(worker)),
    String(witness.timeline),
  ].join('\n\n');
  // jest prints a message as it stands for this operator only.
  throw new AssertionError({ message, operator: 'fail', stackStartFn: fail });
}
