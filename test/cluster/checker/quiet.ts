import { beginningOf, eventsOf, type History } from '../history/history.js';
import { violation, type Check, type Violation } from './check.js';

/** Until the quiet is undisturbed by what went before. */
const SETTLED_AFTER_MS = 10_000;
const LEAST_RATE = 0.8;
const MOST_GROWTH = 1.1;
const FEW = 10;

/** C11. */
export const allIsWellAgain: Check = {
  id: 'C11',
  says: 'after the faults workers run at their rate, health is green, and nothing has piled up',
  violations: (history) => [
    ...slowWorkers(history),
    ...eventsOf(history, 'report')
      .filter(({ isReady }) => !isReady)
      .map(({ at, replica }) => violation(at, `${replica} is not ready`)),
    ...pileUps(history),
  ],
};

function slowWorkers(history: History): Violation[] {
  const from = beginningOf(history, 'quiet') + SETTLED_AFTER_MS;
  const to = beginningOf(history, 'paused');
  return history.plan.workers.flatMap(({ name, intervalMs, fails, version }) => {
    if (intervalMs === undefined || fails === 'always' || version !== undefined) return [];
    const starts = history.attempts.filter(
      (attempt) => attempt.worker === name && attempt.from.at >= from && attempt.from.at < to,
    ).length;
    const least = Math.floor((LEAST_RATE * (to - from)) / intervalMs) - 1;
    return starts >= least
      ? []
      : [violation(to, `${name} began ${starts} times in ${to - from} ms of quiet, not ${least}`)];
  });
}

function pileUps(history: History): Violation[] {
  const at = (when: 'before' | 'settled' | 'after') =>
    eventsOf(history, 'census').find((census) => census.when === when);
  const [before, settled, after] = [at('before'), at('settled'), at('after')];
  if (before === undefined || settled === undefined || after === undefined) return [];
  const grown = (what: string, from: number, to: number): Violation[] =>
    to <= from * MOST_GROWTH + FEW ? [] : [violation(after.at, `${to} ${what}, after ${from}`)];
  // How each triggered run has ended is kept for ten minutes, longer than a round lasts.
  const kept = eventsOf(history, 'accepted').filter(
    ({ at: acceptedAt }) => acceptedAt > settled.at && acceptedAt < after.at,
  ).length;
  return [
    ...grown('connections', before.connections, after.connections),
    ...grown('entries', settled.entries, after.entries - kept),
  ];
}
