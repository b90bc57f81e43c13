/**
 * Who goes first among ready runs. A waiting run gains one level for each `agingStep` it has waited.
 *
 * @publicApi
 */
export enum JobPriority {
  LOW = 0,
  NORMAL = 1,
  HIGH = 2,
  CRITICAL = 3,
}

/** As configuration files say it. @publicApi */
export type JobPriorityName = keyof typeof JobPriority;

/** What a remedy offers. */
export const PRIORITY_NAMES = 'LOW, NORMAL, HIGH, CRITICAL';

const PRIORITIES: ReadonlyMap<unknown, JobPriority> = new Map<unknown, JobPriority>([
  ['LOW', JobPriority.LOW],
  ['NORMAL', JobPriority.NORMAL],
  ['HIGH', JobPriority.HIGH],
  ['CRITICAL', JobPriority.CRITICAL],
  [0, JobPriority.LOW],
  [1, JobPriority.NORMAL],
  [2, JobPriority.HIGH],
  [3, JobPriority.CRITICAL],
]);

/** `undefined` for what is no priority. */
export function parsePriority(value: unknown): JobPriority | undefined {
  return PRIORITIES.get(value);
}
