import { checkMs, safeSilenceMs, type Plan } from '../plan.js';
import type { Attempt } from './attempts.js';
import { EVERYBODY } from './event.js';
import type { History } from './history.js';

/** A mark that was on its way when its replica was frozen arrives this much later at most. */
const IN_FLIGHT_MS = 500;

/**
 * Whether the attempt may have lost its lease by the time another began: its replica had been out of touch for longer
 * than it can be and still hold every lease. It is then the tail of a run that others count as lost.
 */
export function mayBeLost(history: History, attempt: Attempt, by: number): boolean {
  const longest = safeSilenceMs(history.plan);
  return history.troubles.some(({ of, fault, fromAt, toAt }) => {
    if (fault === 'ended' || (of !== attempt.replica && of !== EVERYBODY)) return false;
    const until = Math.min(toAt, by);
    return (
      fromAt < by &&
      until - fromAt >= longest &&
      // It may have been frozen on its way from the decision to the witness.
      toAt + IN_FLIGHT_MS >= attempt.from.at
    );
  });
}

/** From when, to when. */
export type Stretch = readonly [number, number];

/**
 * How much of the time between two instants nothing was wrong: time in which every promise is due. After each trouble
 * the fleet has the time of a lease and two checks to find out and recover.
 *
 * @param besides other times that do not count
 */
export function untroubledMs(
  { troubles, plan }: History,
  from: number,
  to: number,
  besides: readonly Stretch[] = [],
): number {
  const graceMs = recoveryMs(plan);
  const stretches = [
    ...troubles.map(({ fromAt, toAt }): Stretch => [fromAt, toAt + graceMs]),
    ...besides,
  ]
    .map(([begin, end]): Stretch => [Math.max(begin, from), Math.min(end, to)])
    .filter(([begin, end]) => begin < end)
    .sort(([one], [other]) => one - other);
  let covered = 0;
  let reached = from;
  for (const [begin, end] of stretches) {
    covered += Math.max(0, end - Math.max(begin, reached));
    reached = Math.max(reached, end);
  }
  return to - from - covered;
}

export function recoveryMs(plan: Plan): number {
  return plan.leaseMs + 2 * checkMs(plan);
}
