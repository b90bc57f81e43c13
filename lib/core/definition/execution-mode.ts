/**
 * What makes a worker due. Inferred from the other options where they say it already.
 *
 * @publicApi
 */
export enum WorkerExecutionMode {
  /** By its `interval`, its `cron`, or its dependencies (`runAfterDependencies`). */
  SCHEDULED = 'SCHEDULED',
  /** Only when triggered. */
  TRIGGERED = 'TRIGGERED',
  /** Again as soon as the previous run has ended. */
  CONTINUOUS = 'CONTINUOUS',
}
