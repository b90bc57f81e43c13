import { nameOf } from '../history/attempts.js';
import { eventsOf, type History } from '../history/history.js';
import { DOOMED_AFTER } from '../plan.js';
import { violation, type Check, type Violation } from './check.js';

/** C10. */
export const replicasAgree: Check = {
  id: 'C10',
  says: 'failures and what they switch off are the same on all replicas, and what is off does not run',
  violations: (history) => [...disagreements(history), ...runsOfDisabled(history)],
};

function disagreements(history: History): Violation[] {
  const reports = eventsOf(history, 'report');
  const [first, ...others] = reports;
  if (first === undefined) return [];
  const seen = (workers: (typeof first)['workers'], name: string): string => {
    const worker = workers.find((one) => one.name === name);
    return worker === undefined
      ? 'unknown'
      : `${worker.enabled ? 'on' : 'off'}, ${worker.failures} failures`;
  };
  const { plan } = history;
  const different = others.flatMap(({ at, replica, workers }) =>
    plan.workers
      .filter(
        ({ version, name }) =>
          version === undefined && seen(workers, name) !== seen(first.workers, name),
      )
      .map(({ name }) =>
        violation(
          at,
          `${name} is ${seen(workers, name)} for ${replica}, ${seen(first.workers, name)} for ${first.replica}`,
        ),
      ),
  );
  const wrong = plan.workers.flatMap(({ name, fails }) => {
    const expected = fails === 'always' ? `off, ${DOOMED_AFTER} failures` : undefined;
    const state = seen(first.workers, name);
    return expected === undefined || state === expected
      ? []
      : [violation(first.at, `${name} is ${state}, and should be ${expected}`)];
  });
  return [...different, ...wrong];
}

function runsOfDisabled(history: History): Violation[] {
  return eventsOf(history, 'disabled').flatMap(({ worker, at }) =>
    history.attempts
      // One may be on its way.
      .filter((attempt) => attempt.worker === worker && attempt.from.at > at + history.plan.leaseMs)
      .map((attempt) =>
        violation(attempt.from.at, `${nameOf(attempt)} began while its worker was off`),
      ),
  );
}
