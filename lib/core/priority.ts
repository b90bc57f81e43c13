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

export const PRIORITIES = [
  JobPriority.LOW,
  JobPriority.NORMAL,
  JobPriority.HIGH,
  JobPriority.CRITICAL,
] as const;
