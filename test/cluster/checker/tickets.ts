import { eventsOf } from '../history/history.js';
import { violation, type Check } from './check.js';

/** C7. */
export const acceptedTicketsRun: Check = {
  id: 'C7',
  says: 'a triggered run that was accepted begins, and succeeds once',
  violations: (history) =>
    eventsOf(history, 'accepted').flatMap(({ ticket, runId, at }) => {
      const attempts = history.attempts.filter((attempt) => attempt.ticket === ticket);
      const ids = new Set(attempts.map((attempt) => attempt.runId));
      const successes = attempts.filter(({ how }) => how === 'ended').length;
      if (attempts.length === 0) {
        return [violation(at, `ticket ${ticket} (${runId}) was accepted and never began`)];
      }
      if (ids.size > 1 || !ids.has(runId)) {
        return [violation(at, `ticket ${ticket} (${runId}) began as ${[...ids].join(' and ')}`)];
      }
      if (successes === 0) return [violation(at, `ticket ${ticket} (${runId}) never succeeded`)];
      return [];
    }),
};
