import { Cron, CronPattern as PatternFields } from 'croner';

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
  const cron = new Cron(withFixedTimes(pattern, fields), {
    ...(timeZone !== undefined && { timezone: timeZone }),
    fixedTimeRule: 'no-wildcard',
  });
  return {
    pattern,
    timeZone,
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
    previous: (before) => cron.previousRuns(1, new Date(before))[0]?.getTime(),
  };
}

/**
 * Whether a pattern is of fixed times through a change of clocks is for its hour alone to say. To croner a wildcard or
 * a step among minutes and seconds says otherwise, so that those of a fixed hour are given to it one by one.
 */
function withFixedTimes(pattern: string, fields: readonly string[]): string {
  const [hour = '', ...days] = fields.slice(-4);
  const { second, minute } = new PatternFields(pattern);
  if (/[*?/]/.test(hour)) return pattern;
  return [listOf(second), listOf(minute), hour, ...days].join(' ');
}

function listOf(isIn: readonly number[]): string {
  return [...isIn.keys()].filter((value) => isIn[value] === 1).join(',');
}
