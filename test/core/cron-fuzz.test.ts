import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCron, type CronPattern } from '../../lib/core/schedule/cron-pattern.js';
import {
  firingsOf,
  patternOf,
  wallClock,
  wallMinutes,
  type CronField,
  type CronFields,
  type WallMinutes,
} from '../support/core/cron-oracle.js';
import { always } from '../support/properties/always.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW_MINUTES = 5 * 24 * 60;
/** Firings compared per pattern. */
const MOST = 80;
/** Of the wall clock, to find one instant. */
const MOST_READINGS = 400;

/** By name: the years in which the zone changed its clocks in its own way. */
const ZONES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'America/New_York': [2026, 2028],
  'Europe/Vienna': [2026, 2028],
  'America/Havana': [2026, 2028],
  'Australia/Lord_Howe': [2026, 2028],
  'Africa/Casablanca': [2026, 2028],
  'Asia/Kolkata': [2026, 2026],
  'Asia/Kathmandu': [2026, 2026],
  'America/Sao_Paulo': [2016, 2019],
  'Pacific/Apia': [2011, 2013],
  'Antarctica/Troll': [2026, 2028],
  'Europe/Dublin': [2026, 2028],
  'Asia/Tehran': [2020, 2022],
  'America/Nuuk': [2026, 2028],
  'America/Scoresbysund': [2023, 2026],
  'Asia/Gaza': [2009, 2011],
  'Africa/Cairo': [2026, 2028],
  'Asia/Beirut': [2026, 2028],
  'America/Asuncion': [2022, 2024],
  UTC: [2026, 2026],
};

/** Around each change of clocks, or around the ends of months where there is none. */
const windows = Object.entries(ZONES).flatMap(([zone, [firstYear, lastYear]]) => {
  const until = Date.UTC(lastYear + 1, 0, 1);
  const changes = changesOf(zone, Date.UTC(firstYear, 0, 1), until);
  const centres = changes.length > 0 ? changes : [Date.UTC(2026, 2, 1), Date.UTC(2028, 1, 29)];
  return centres.map((centre) => ({ zone, centre }));
});

const read = new Map<string, WallMinutes>();
function around(zone: string, centre: number): WallMinutes {
  const key = `${zone} ${String(centre)}`;
  const known = read.get(key);
  if (known !== undefined) return known;
  const wall = wallMinutes(zone, centre - 2 * DAY, WINDOW_MINUTES);
  read.set(key, wall);
  return wall;
}

/** The days on which the offset of the zone changes. */
function changesOf(zone: string, from: number, to: number): number[] {
  const clock = wallClock(zone);
  const changes: number[] = [];
  for (let at = from; at < to; at += DAY) {
    if (clock(at + DAY) - clock(at) !== DAY) changes.push(at + DAY / 2);
  }
  return changes;
}

function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, k) => from + k * step);
}

const field = (text: string, values: readonly number[]): CronField => ({
  text,
  values: new Set(values),
});

/** Each form of a field: wildcard, step, single value, list, range, range with a step. */
function fieldOf(min: number, max: number): Record<string, fc.Arbitrary<CronField>> {
  const span = fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  return {
    any: fc.constant(field('*', range(min, max))),
    step: fc
      .integer({ min: 1, max: max - min })
      .map((step) => field(`*/${String(step)}`, range(min, max, step))),
    single: fc.integer({ min, max }).map((value) => field(String(value), [value])),
    list: fc
      .uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 4 })
      .map((values) => field(values.join(','), values)),
    span: span.map(([from, to]) => field(`${String(from)}-${String(to)}`, range(from, to))),
    spanStep: fc
      .tuple(span, fc.integer({ min: 1, max: max - min }))
      .map(([[from, to], step]) =>
        field(`${String(from)}-${String(to)}/${String(step)}`, range(from, to, step)),
      ),
  };
}

const weighted = (
  forms: Record<string, fc.Arbitrary<CronField>>,
  weights: Record<string, number>,
): fc.Arbitrary<CronField> =>
  fc.oneof(
    ...Object.entries(weights).map(([form, weight]) => ({ weight, arbitrary: forms[form]! })),
  );

const evenly = { any: 1, step: 1, single: 2, list: 1, span: 1, spanStep: 1 };
const mostlyAny = { any: 8, single: 1, list: 2, span: 1 };

const patterns: fc.Arbitrary<CronFields> = fc.record({
  second: fc.option(weighted(fieldOf(0, 59), { single: 2, list: 2, any: 1, step: 1 }), {
    nil: undefined,
    freq: 1,
  }),
  minute: weighted(fieldOf(0, 59), evenly),
  hour: fc.oneof(
    { weight: 3, arbitrary: weighted(fieldOf(0, 4), { single: 2, list: 1, span: 1, spanStep: 1 }) },
    { weight: 2, arbitrary: weighted(fieldOf(22, 23), { single: 2, list: 1, span: 1 }) },
    { weight: 3, arbitrary: weighted(fieldOf(0, 23), evenly) },
  ),
  day: weighted(fieldOf(1, 31), mostlyAny),
  month: weighted(fieldOf(1, 12), { any: 12, list: 1, span: 1 }),
  weekday: weighted(fieldOf(0, 6), mostlyAny),
});

const windowArbitrary = fc.constantFrom(...windows);

/** The instant to begin at, after the centre of the window: near the change of clocks more often than not. */
const offsets = fc.oneof(
  fc.integer({ min: -DAY, max: 2 * DAY }),
  fc.integer({ min: -14 * HOUR, max: 14 * HOUR }),
);

/** Checks it for that many patterns, zones and beginnings. */
function forPatterns(
  count: number,
  check: (of: { cron: CronPattern; fields: CronFields; wall: WallMinutes; from: number }) => void,
): Promise<void> {
  return always<[(typeof windows)[number], CronFields, number]>(
    [windowArbitrary, patterns, offsets],
    count,
    ({ zone, centre }, fields, offset) => {
      const cron = parseCron(patternOf(fields), zone);
      check({ cron, fields, wall: around(zone, centre), from: centre + offset });
    },
  );
}

function following(cron: CronPattern, from: number, until: number): number[] {
  const instants: number[] = [];
  let at = cron.next(from);
  for (; at !== undefined && at < until && instants.length < MOST; at = cron.next(at)) {
    instants.push(at);
  }
  return instants;
}

const text = (instants: readonly number[]): string[] =>
  instants.map((at) => new Date(at).toISOString());

describe('A cron pattern, whatever it is, around a change of clocks', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('B09, B10, B11: fires when the contract says: 4 000 patterns in 19 zones', async () => {
    await forPatterns(4_000, ({ cron, fields, wall, from }) => {
      const expected = firingsOf(fields, wall).filter((at) => at > from);

      const fired = following(cron, from, wall.from + WINDOW_MINUTES * 60_000);

      expect(text(fired)).toEqual(text(expected.slice(0, MOST)));
      expect(fired.every((at, index) => index === 0 || at > fired[index - 1]!)).toBe(true);
    });
  });

  it('B09: fires in the past as it does in the future', async () => {
    await forPatterns(1_000, ({ cron, fields, wall, from }) => {
      const [earlier, latest] = [
        undefined,
        ...firingsOf(fields, wall).filter((at) => at < from),
      ].slice(-2);

      const previous = cron.previous(from) ?? -Infinity;

      if (latest === undefined) expect(previous).toBeLessThan(wall.from);
      else expect(text([previous])).toEqual(text([latest]));
      // Before an instant at which it fires, that one does not count.
      if (earlier !== undefined) expect(text([cron.previous(latest!)!])).toEqual(text([earlier]));
    });
  });

  it('B09, B12: finds the next instant without reading the clock for ever', async () => {
    const formatToParts = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    await forPatterns(1_000, ({ cron, fields: { second, minute, hour }, from }) => {
      const timesOfDay = (second?.values.size ?? 1) * minute.values.size * hour.values.size;
      // In Samoa each time of the day that never was is looked for.
      const most = MOST_READINGS + (cron.timeZone === 'Pacific/Apia' ? 50 * timesOfDay : 0);
      let at: number | undefined = from;
      for (let k = 0; k < 10 && at !== undefined; k++) {
        formatToParts.mockClear();
        at = cron.next(at);
        expect(formatToParts.mock.calls.length).toBeLessThan(most);
      }
    });
  });
});
