import { nameOf } from '../history/attempts.js';
import { beginningOf, eventsOf, type History } from '../history/history.js';
import { recoveryMs, untroubledMs } from '../history/excuses.js';
import { violation, type Check, type Violation } from './check.js';

/** What a busy machine may add. */
const MARGIN_MS = 3_000;

/** C9. */
export const crashesAreFound: Check = {
  id: 'C9',
  says: 'what a killed replica was doing is found lost or begun again in time; in the end nothing is held by nobody',
  violations: (history) => [...unfoundLosses(history), ...heldByNobody(history)],
};

function unfoundLosses(history: History): Violation[] {
  const longest = recoveryMs(history.plan) + MARGIN_MS;
  return history.attempts
    .filter(({ how }) => how === 'killed')
    .flatMap((killed) => {
      const { to, runId, attempt, worker } = killed;
      const found = history.events.find(
        (event) =>
          event.seq > to.seq &&
          ((event.is === 'start' && event.worker === worker) ||
            (event.is === 'final' && event.runId === runId)),
      );
      const end = beginningOf(history, 'paused');
      const foundAt = found?.at ?? end;
      // The kill itself is no excuse: its recovery is what is measured.
      const others = {
        ...history,
        troubles: history.troubles.filter(({ toAt }) => toAt > to.at + 1),
      };
      return untroubledMs(others, to.at, foundAt) <= longest
        ? []
        : [
            violation(
              to.at,
              `${nameOf(killed)} (attempt ${attempt}) was not missed for ${foundAt - to.at} ms`,
            ),
          ];
    });
}

function heldByNobody(history: History): Violation[] {
  return eventsOf(history, 'report')
    .filter(({ running }) => running > 0)
    .map(({ at, replica, running }) =>
      violation(at, `${replica} counts ${running} running attempts of a paused fleet`),
    );
}
