import { nameOf } from '../history/attempts.js';
import { mayBeLost } from '../history/excuses.js';
import { violation, type Check } from './check.js';

/** C8. */
export const dependenciesComeFirst: Check = {
  id: 'C8',
  says: 'what a worker depends on, and was due no later, has ended before it begins',
  violations: (history) =>
    history.plan.workers.flatMap(({ name, dependsOn, isStep }) =>
      isStep === true || dependsOn === undefined
        ? []
        : history.attempts
            .filter(({ worker }) => worker === name)
            .flatMap((dependent) => {
              const { due } = dependent;
              const late = history.attempts.find(
                (attempt) =>
                  attempt.worker === dependsOn &&
                  (attempt.due ?? Infinity) <= (due ?? -Infinity) &&
                  attempt.to.seq > dependent.from.seq,
              );
              if (late === undefined) return [];
              const { at } = dependent.from;
              const isExcused = mayBeLost(history, late, at) || mayBeLost(history, dependent, at);
              return [
                violation(
                  at,
                  `${nameOf(dependent)} began before the end of ${nameOf(late)}`,
                  isExcused,
                ),
              ];
            }),
    ),
};
