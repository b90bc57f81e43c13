import type { HoldReason } from '../reason-code.js';
import type { WorkerState } from '../state/scheduler-state.js';

const EXCUSES: ReadonlySet<HoldReason> = new Set<HoldReason>([
  'PAUSED',
  'DRAINING',
  'DISABLED',
  'CIRCUIT_OPEN',
  // The dependency itself is overdue, failing or off, and is named for it.
  'DEPENDENCY',
]);

/** Whether a worker may wait for this as long as it takes: somebody's decision, or another worker's affair. */
export function isExcused(worker: WorkerState, reason: HoldReason): boolean {
  return reason === 'ALREADY_RUNNING' ? isAtWork(worker) : EXCUSES.has(reason);
}

/** The same of a wait that is over; its own earlier runs have ended, and are at work no more. */
export function wasExcused(reason: HoldReason): boolean {
  return reason === 'ALREADY_RUNNING' || EXCUSES.has(reason);
}

/** Its own earlier run is at work, within its timeout; an abandoned one may never end. */
function isAtWork({ attempts }: WorkerState): boolean {
  return attempts.some(({ holdsPlace, phase }) => holdsPlace && phase !== 'abandoned');
}
