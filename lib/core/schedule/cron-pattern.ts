import { Cron } from 'croner';
import { wallClock } from './wall-clock.js';

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
  const fields = pattern.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) throw new Error('it needs five or six fields');
  const [hour = ''] = fields.slice(-4);
  const moments = /[*?/]/.test(hour) ? inRealTime(pattern, timeZone) : atTimes(pattern, timeZone);
  return { pattern, timeZone, ...moments };
}

type Moments = Pick<CronPattern, 'next' | 'previous'>;

/** With a wildcard or a step among its hours: whenever the clock on the wall shows it. */
function inRealTime(pattern: string, timeZone: string | undefined): Moments {
  return momentsOf(new Cron(pattern, timeZone === undefined ? {} : { timezone: timeZone }));
}

/**
 * With fixed hours: once for each time that it names, whatever is done to the clock. The times are counted where no
 * clock is changed, in UTC, and then looked for on the wall.
 */
function atTimes(pattern: string, timeZone: string | undefined): Moments {
  const times = momentsOf(new Cron(pattern, { utcOffset: 0 }));
  const clock = wallClock(timeZone);
  const found = (from: number, step: (time: number) => number | undefined): number | undefined => {
    for (let time = step(from); time !== undefined; time = step(time)) {
      const at = clock.firstInstant(time);
      if (at !== undefined) return at;
    }
    return undefined;
  };
  return {
    next: (after) => found(clock.latestShown(after), times.next),
    previous: (before) => found(clock.latestShown(before - 1) + 1, times.previous),
  };
}

function momentsOf(cron: Cron): Moments {
  return {
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
    previous: (before) => cron.previousRuns(1, new Date(before))[0]?.getTime(),
  };
}
