import { eventsOf, type History } from '../history/history.js';
import { violation, type Check } from './check.js';

const MOST_RSS_MB = 400;
/** Besides what the options allow it. */
const EXIT_MARGIN_MS = 2_000;
const DEAF: ReadonlySet<string> = new Set(['frozen', 'event loop blocked']);

/** C12. */
export const nothingCrashes: Check = {
  id: 'C12',
  says: 'no replica crashes, leaves a rejection unhandled, or grows',
  violations: (history) => [
    ...eventsOf(history, 'crash').map(({ at, replica, text }) =>
      violation(at, `${replica}: ${text}`),
    ),
    ...eventsOf(history, 'down')
      .filter(({ sent, code, signal }) => sent === null || (code !== 0 && signal !== sent))
      .map(({ at, replica, code, signal, sent }) =>
        violation(at, `${replica} ended by ${String(signal ?? code)} after ${sent ?? 'nothing'}`),
      ),
    ...eventsOf(history, 'report')
      .filter(({ rssMb }) => rssMb > MOST_RSS_MB)
      .map(({ at, replica, rssMb }) => violation(at, `${replica} takes ${rssMb} MB`)),
  ],
};

/** What it has had of that time: one that is frozen, or whose event loop is blocked, does nothing. */
function timeOf({ troubles }: History, replica: string, fromAt: number, toAt: number): number {
  return troubles
    .filter(({ of, fault }) => of === replica && DEAF.has(fault))
    .map((deaf) => Math.min(deaf.toAt, toAt) - Math.max(deaf.fromAt, fromAt))
    .reduce((left, deafMs) => left - Math.max(0, deafMs), toAt - fromAt);
}

/** C13. */
export const leavesInTime: Check = {
  id: 'C13',
  says: 'a terminated replica is gone in time',
  violations: (history) => {
    const { shutdownTimeoutMs, abortGraceMs } = history.plan;
    const longest = shutdownTimeoutMs + abortGraceMs + EXIT_MARGIN_MS;
    const downs = new Map(eventsOf(history, 'down').map((down) => [down.boot, down.at]));
    return eventsOf(history, 'terminated').flatMap(({ at, replica, boot }) => {
      const downAt = downs.get(boot);
      const tookMs = downAt === undefined ? Infinity : timeOf(history, replica, at, downAt);
      return tookMs <= longest ? [] : [violation(at, `${replica} took ${tookMs} ms to end`)];
    });
  },
};
