import { Cron } from 'croner';

/** A cron pattern in a time zone. Instants are wall-clock milliseconds. */
export interface CronPattern {
  readonly pattern: string;
  readonly timeZone: string | undefined;
  /** The first instant after `after`; `undefined` where there is none. */
  next(after: number): number | undefined;
  /** The last instant before `before`; `undefined` where there is none. */
  previous(before: number): number | undefined;
}

/** @throws Error saying what is wrong with the pattern or the zone */
export function parseCron(pattern: string, timeZone: string | undefined): CronPattern {
  const fields = pattern.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) throw new Error('it needs five or six fields');
  const cron = new Cron(pattern, { ...(timeZone !== undefined && { timezone: timeZone }) });
  return {
    pattern,
    timeZone,
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
    previous: (before) => cron.previousRuns(1, new Date(before))[0]?.getTime(),
  };
}
