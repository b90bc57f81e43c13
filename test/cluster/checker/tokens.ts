import { nameOf } from '../history/attempts.js';
import { mayBeLost } from '../history/excuses.js';
import { violation, type Check } from './check.js';

/** C4. */
export const tokensRise: Check = {
  id: 'C4',
  says: 'each grant has a fencing token of its own, and only the tail of a lost one is refused for it',
  violations: (history) => {
    const holders = new Map<string, string>();
    const unfit = history.attempts.flatMap((attempt) => {
      const { worker, token, from } = attempt;
      if (token === undefined) return [violation(from.at, `${nameOf(attempt)} has no token`)];
      const key = `${worker} ${token}`;
      const holder = holders.get(key);
      holders.set(key, nameOf(attempt));
      return holder === undefined
        ? []
        : [violation(from.at, `${nameOf(attempt)} has token ${token} of ${holder}`)];
    });
    const refused = history.refused.map((attempt) =>
      violation(
        attempt.from.at,
        `${nameOf(attempt)} was refused for token ${String(attempt.token)}`,
        mayBeLost(history, attempt, attempt.from.at),
      ),
    );
    return [...unfit, ...refused];
  },
};
