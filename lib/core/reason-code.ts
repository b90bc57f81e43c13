/** Why a run is held back: one closed set for explain, events, metrics, logs and health. @publicApi */
export type HoldReason =
  | 'PAUSED'
  | 'DRAINING'
  | 'ENGINE_UNAVAILABLE'
  | 'DISABLED'
  | 'CIRCUIT_OPEN'
  | 'ALREADY_RUNNING'
  | 'DEPENDENCY'
  | 'BLOCKED'
  | 'GROUP_FULL'
  | 'CAPACITY'
  | 'RESERVED';

/**
 * Why a due instant started nothing: what held it back, or
 * - `MISFIRE`: it was missed while nothing could run, and the worker's `misfire` or `misfireGrace` drops it;
 * - `QUEUE_FULL`: `maxPending` runs were waiting;
 * - `SKIPPED_BY_WORKER`: the worker threw `SkipRunError`.
 *
 * @publicApi
 */
export type SkipReason = HoldReason | 'MISFIRE' | 'QUEUE_FULL' | 'SKIPPED_BY_WORKER';
