/** @publicApi */
export type RunStatus =
  | 'waiting'
  | 'running'
  | 'backing-off'
  | 'succeeded'
  | 'failed'
  | 'timed-out'
  | 'cancelled'
  | 'lost'
  | 'skipped';

export type FinishedStatus = 'succeeded' | 'failed' | 'timed-out' | 'cancelled' | 'lost';

/** What made a run due. @publicApi */
export type RunOrigin = 'schedule' | 'trigger' | 'probe';
