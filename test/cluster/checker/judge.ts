import type { History } from '../history/history.js';
import type { Check, Violation } from './check.js';
import { replicasAgree } from './agreement.js';
import { crashesAreFound } from './crashes.js';
import { dependenciesComeFirst } from './dependencies.js';
import { claimedOnce, noneIsMissing } from './due-instants.js';
import { limitsHold, noConflictsOverlap, tailsAreAborted } from './overlaps.js';
import { allIsWellAgain } from './quiet.js';
import { leavesInTime, nothingCrashes } from './processes.js';
import { acceptedTicketsRun } from './tickets.js';
import { tokensRise } from './tokens.js';

export const CHECKS: readonly Check[] = [
  noConflictsOverlap,
  limitsHold,
  tailsAreAborted,
  tokensRise,
  claimedOnce,
  noneIsMissing,
  acceptedTicketsRun,
  dependenciesComeFirst,
  crashesAreFound,
  replicasAgree,
  allIsWellAgain,
  nothingCrashes,
  leavesInTime,
];

export interface Finding extends Violation {
  readonly id: string;
}

/** All violations, in the order of the invariants. */
export function judge(history: History, checks: readonly Check[] = CHECKS): Finding[] {
  return checks.flatMap((check) =>
    check.violations(history).map((found) => ({ id: check.id, ...found })),
  );
}
