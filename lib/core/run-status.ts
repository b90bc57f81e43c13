export const RUN_STATUSES = [
  'waiting',
  'running',
  'backing-off',
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
] as const;

/** @publicApi */
export type RunStatus = (typeof RUN_STATUSES)[number];

export type FinishedStatus = 'succeeded' | 'failed' | 'timed-out' | 'cancelled' | 'lost';

/** What made a run due. @publicApi */
export type RunOrigin = 'schedule' | 'trigger' | 'probe';
