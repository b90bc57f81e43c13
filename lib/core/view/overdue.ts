import type { HoldReason } from '../reason-code.js';

const EXCUSES: ReadonlySet<HoldReason> = new Set<HoldReason>([
  'PAUSED',
  'DRAINING',
  'DISABLED',
  'CIRCUIT_OPEN',
  // Its own earlier run is at work, within its timeout.
  'ALREADY_RUNNING',
  // The dependency itself is overdue, failing or off, and is named for it.
  'DEPENDENCY',
]);

/** Whether a worker may wait for this as long as it takes: somebody's decision, or another worker's affair. */
export function isExcused(reason: HoldReason): boolean {
  return EXCUSES.has(reason);
}
