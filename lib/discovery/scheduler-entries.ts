/** What the application may ask, and do, about a cron worker through its entry in the `SchedulerRegistry`. */
export interface CronWorkerControl {
  readonly pattern: string;
  readonly timeZone: string | undefined;
  isActive(): boolean;
  nextDueAt(): Date | undefined;
  lastRunAt(): Date | undefined;
  resume(): void;
  pause(): void;
  trigger(): unknown;
}

/**
 * Stands for a cron worker in the `SchedulerRegistry`: the part of `cron`'s `CronJob` (versions 3 and 4) that
 * applications use, without a timer behind it.
 *
 * A new object for each `addCronJob()`, which replaces its `fireOnTick`.
 */
export function cronEntry(control: CronWorkerControl): object {
  return {
    cronTime: {
      source: control.pattern,
      ...(control.timeZone !== undefined && { timeZone: control.timeZone }),
      sendAt: () => dateTime(control.nextDueAt()),
    },
    /** Of `cron` 3. */
    get running() {
      return control.isActive();
    },
    get isActive() {
      return control.isActive();
    },
    get lastExecution() {
      return control.lastRunAt() ?? null;
    },
    nextDate: () => dateTime(control.nextDueAt()),
    lastDate: () => control.lastRunAt() ?? null,
    start: () => {
      control.resume();
    },
    stop: () => {
      control.pause();
    },
    fireOnTick: () => control.trigger(),
  };
}

/** As much of Luxon's `DateTime` as one asks of a next date; `isValid` is false where there is none. */
function dateTime(instant: Date | undefined): object {
  const date = instant ?? new Date(NaN);
  return {
    isValid: instant !== undefined,
    toJSDate: () => date,
    toMillis: () => date.getTime(),
    toSeconds: () => date.getTime() / 1000,
    toISO: () => (instant === undefined ? null : date.toISOString()),
    toJSON: () => (instant === undefined ? null : date.toISOString()),
    toString: () => (instant === undefined ? 'Invalid DateTime' : date.toISOString()),
    valueOf: () => date.getTime(),
  };
}

/**
 * Stands for the orchestrator's one timer in the `SchedulerRegistry`, for as long as it runs.
 *
 * Not the timer itself, which changes with each wake-up, and which `deleteTimeout()` would clear: no worker would ever
 * run again. `clearTimeout()` of an object that is no timer does nothing.
 */
export function wakeUpEntry(nextWakeAt: () => Date | undefined): object {
  return {
    get nextWakeAt() {
      return nextWakeAt();
    },
  };
}
