const DAY_MS = 86_400_000;

/**
 * The clock on the wall in a time zone. What it shows is a time in milliseconds, as if it were UTC. Such a time may be
 * passed over, where the clock is put forward, or be shown twice, where it is put back.
 */
export interface WallClock {
  /** The latest time that it has shown by that instant: not the one of that instant, while it shows times again. */
  latestShown(at: number): number;
  /**
   * The first instant at which it shows the time, or a later one where that time is passed over; `undefined` where a
   * whole day is, as in Samoa in 2011: nothing is due on a day that never was.
   */
  firstInstant(time: number): number | undefined;
}

/** @param timeZone the system's where it is undefined */
export function wallClock(timeZone: string | undefined): WallClock {
  const aheadBy = timeZone === undefined ? systemOffset : offsetIn(timeZone);
  return {
    latestShown(at) {
      const [before, now] = [aheadBy(at - DAY_MS), aheadBy(at)];
      if (before <= now) return at + now;
      const putBackAt = firstThat((instant) => aheadBy(instant) === now, at - (before - now), at);
      return Math.max(at + now, putBackAt - 1 + before);
    },
    firstInstant(time) {
      const offsets = [aheadBy(time - DAY_MS), aheadBy(time + DAY_MS)];
      const [earliest, latest] = [time - Math.max(...offsets), time - Math.min(...offsets)];
      const at = firstThat((instant) => instant + aheadBy(instant) >= time, earliest, latest);
      const isPassedOver = at + aheadBy(at) > time;
      return isPassedOver && latest - earliest >= DAY_MS ? undefined : at;
    },
  };
}

/** The first instant of which it holds, knowing that it holds of the last one, and from then on where it begins to. */
function firstThat(holds: (instant: number) => boolean, first: number, last: number): number {
  if (first === last || holds(first)) return first;
  let [without, within] = [first, last];
  while (within - without > 1) {
    const between = Math.floor((without + within) / 2);
    if (holds(between)) within = between;
    else without = between;
  }
  return within;
}

function systemOffset(at: number): number {
  return -new Date(at).getTimezoneOffset() * 60_000;
}

/** Making one takes longer than a hundred readings. */
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetIn(timeZone: string): (at: number) => number {
  const format = formats.get(timeZone) ?? numericFormat(timeZone);
  formats.set(timeZone, format);
  return (at) => {
    const second = Math.floor(at / 1_000) * 1_000;
    const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(second)) shown[type] = Number(value);
    const { year = 0, month = 0, day, hour, minute, second: s } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, s) - second;
  };
}

function numericFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
