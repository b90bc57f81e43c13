/** A field of a pattern: how it is written, and what it stands for. */
export interface CronField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

export interface CronFields {
  /** Absent where the pattern has five fields. */
  readonly second: CronField | undefined;
  readonly minute: CronField;
  readonly hour: CronField;
  readonly day: CronField;
  readonly month: CronField;
  readonly weekday: CronField;
}

/** What the clock on the wall shows in a zone, minute by minute, as if it were UTC. */
export interface WallMinutes {
  readonly zone: string;
  readonly from: number;
  readonly shown: readonly number[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

export function patternOf(fields: CronFields): string {
  const { second, minute, hour, day, month, weekday } = fields;
  return [second, minute, hour, day, month, weekday].flatMap((each) => each?.text ?? []).join(' ');
}

export function wallMinutes(zone: string, from: number, minutes: number): WallMinutes {
  const read = wallClock(zone);
  const shown = Array.from({ length: minutes }, (_, k) => read(from + k * MINUTE_MS) / MINUTE_MS);
  return { zone, from, shown };
}

/** Reads the wall clock of a zone at an instant, as if what it shows were UTC. */
export function wallClock(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (at) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}

/**
 * Every instant at which the pattern fires by the contract, found by walking through real time and nothing else:
 * an hour field with a wildcard or a step follows what the wall clock shows; with a fixed hour, what is shown again
 * does not count, and what was passed over counts at the first instant after it.
 */
export function firingsOf(fields: CronFields, { from, shown }: WallMinutes): number[] {
  const followsRealTime = /[*/]/.test(fields.hour.text);
  const seconds = [...(fields.second?.values ?? [0])].sort((a, b) => a - b);
  const firings: number[] = [];
  let latest = shown[0]! - 1;
  shown.forEach((minute, index) => {
    const at = from + index * MINUTE_MS;
    const isNew = minute > latest;
    const wasPassedOver =
      !followsRealTime && isNew && passedOver(fields, latest, minute) && seconds.length > 0;
    const fires = (followsRealTime || isNew) && matches(fields, minute);
    if (wasPassedOver && !(fires && seconds[0] === 0)) firings.push(at);
    if (fires) firings.push(...seconds.map((second) => at + second * 1_000));
    latest = Math.max(latest, minute);
  });
  return firings;
}

/** A whole day that never was (Samoa, 2011-12-30) is no day on which something could be due. */
function passedOver(fields: CronFields, latest: number, minute: number): boolean {
  if (minute - latest > DAY_MINUTES) return false;
  for (let skipped = latest + 1; skipped < minute; skipped++) {
    if (matches(fields, skipped)) return true;
  }
  return false;
}

function matches({ minute, hour, day, month, weekday }: CronFields, shown: number): boolean {
  const date = new Date(shown * MINUTE_MS);
  if (!minute.values.has(date.getUTCMinutes()) || !hour.values.has(date.getUTCHours()))
    return false;
  if (!month.values.has(date.getUTCMonth() + 1)) return false;
  const isDay = day.values.has(date.getUTCDate());
  const isWeekday = weekday.values.has(date.getUTCDay());
  // As in every cron: where both are restricted, either will do.
  return day.text === '*' || weekday.text === '*' ? isDay && isWeekday : isDay || isWeekday;
}
