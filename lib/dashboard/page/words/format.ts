import { language } from '../state/preferences.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

type Unit = (typeof UNITS)[number][0] | 'millisecond';

const formats = new Map<string, unknown>();

/** The browser's own kind of the language, where it has one: there are several Englishes. */
function localeOf(chosen: string): string {
  return navigator.languages.find((tag) => tag.startsWith(chosen)) ?? chosen;
}

/** Making a format costs far more than using it. */
function cached<Format>(key: string, make: (locale: string) => Format): Format {
  const locale = localeOf(language.value);
  const known = formats.get(locale + key) as Format | undefined;
  if (known !== undefined) return known;
  const made = make(locale);
  formats.set(locale + key, made);
  return made;
}

function inUnit(value: number, unit: Unit, digits = 0): string {
  const key = `${unit}${digits}`;
  const format = cached(
    key,
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: 'narrow',
        maximumFractionDigits: digits,
      }),
  );
  return format.format(value);
}

/** `340ms`, `1.2s`, `3m 20s`, `2h 5m`, `4d 1h`: two units at most. */
export function formatDuration(durationMs: number): string {
  if (durationMs < SECOND) return inUnit(Math.max(0, Math.round(durationMs)), 'millisecond');
  if (durationMs < 10 * SECOND) return inUnit(durationMs / SECOND, 'second', 1);
  const seconds = Math.round(durationMs / SECOND) * SECOND;
  const at = UNITS.findIndex(([, unitMs]) => seconds >= unitMs);
  const [unit, unitMs] = UNITS[at] ?? UNITS[3];
  const [lesser, lesserMs] = UNITS[at + 1] ?? [];
  const rest = lesserMs === undefined ? 0 : Math.floor((seconds % unitMs) / lesserMs);
  const most = inUnit(Math.floor(seconds / unitMs), unit);
  return lesser === undefined || rest === 0 ? most : `${most} ${inUnit(rest, lesser)}`;
}

/** `3m ago`, `in 20s`, `now`, in the words of the language. */
export function formatRelative(at: number, nowAt: number): string {
  const relative = cached(
    'relative',
    (locale) => new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'auto' }),
  );
  const differenceMs = at - nowAt;
  const [unit, unitMs] = UNITS.find(([, ms]) => Math.abs(differenceMs) >= ms) ?? UNITS[3];
  return relative.format(Math.trunc(differenceMs / unitMs), unit);
}

export function formatTime(at: number): string {
  return cached(
    'time',
    (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' }),
  ).format(at);
}

export function formatDateTime(at: number): string {
  return cached(
    'date-time',
    (locale) =>
      new Intl.DateTimeFormat(locale, {
        dateStyle: 'medium',
        timeStyle: 'medium',
        hourCycle: 'h23',
      }),
  ).format(at);
}

/** The time alone, where it is today. */
export function formatInstant(at: number, nowAt: number): string {
  const isToday = new Date(at).toDateString() === new Date(nowAt).toDateString();
  return isToday ? formatTime(at) : formatDateTime(at);
}

export function formatNumber(value: number): string {
  return cached('number', (locale) => new Intl.NumberFormat(locale)).format(value);
}

export function formatPercent(fraction: number): string {
  return cached('percent', (locale) => new Intl.NumberFormat(locale, { style: 'percent' })).format(
    fraction,
  );
}
