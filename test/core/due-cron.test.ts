import { afterEach, describe, expect, it, vi } from 'vitest';
import { schedulerOf, succeeded, worker } from '../support/core/scheduler-with.js';

/** The instants at which the pattern fires, every run ending at once. */
const firings = (
  cron: string,
  timeZone: string | undefined,
  from: string,
  to: string,
): string[] => {
  const zone = timeZone === undefined ? {} : { timeZone };
  const scheduler = schedulerOf({ from }, worker('fire', { cron, ...zone }));
  const until = new Date(to).getTime();
  const seen: string[] = [];
  while (scheduler.core.nextWakeAt !== undefined && scheduler.core.nextWakeAt <= until) {
    scheduler.tick(new Date(scheduler.core.nextWakeAt).toISOString());
    for (const { scheduledAt } of scheduler.running) seen.push(new Date(scheduledAt).toISOString());
    if (scheduler.running.length > 0) scheduler.end('fire', succeeded);
  }
  return seen.map((instant) => instant.slice(5, 16));
};

describe('Cron', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is not due at the start, unless runOnStart says so', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T12:00:30Z' },
      worker('nightly', { cron: '0 3 * * *', timeZone: 'UTC' }),
      worker('eager', { cron: '0 3 * * *', timeZone: 'UTC', runOnStart: true }),
    );

    expect(scheduler.tick(0)).toStart('eager');
    expect(scheduler.tick('2026-03-02T03:00Z')).toStart('nightly');
  });

  it('knows seconds', () => {
    expect(firings('*/20 * * * * *', 'UTC', '2026-03-01T00:00:10Z', '2026-03-01T00:01Z')).toEqual([
      '03-01T00:00',
      '03-01T00:00',
      '03-01T00:01',
    ]);
  });

  it('fires at the very instant of the start', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T03:00:00Z' },
      worker('nightly', { cron: '0 3 * * *', timeZone: 'UTC' }),
    );

    expect(scheduler.tick(0)).toStart('nightly');
  });

  it.each([
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', ['03-08T07:00', '03-09T06:30']],
    ['0 0 * * *', 'America/Havana', '2026-03-07T12:00Z', ['03-08T05:00', '03-09T04:00']],
    [
      '0 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T12:00Z',
      ['10-02T15:30', '10-03T15:30', '10-04T15:00'],
    ],
    ['30 23 * * *', 'America/Nuuk', '2026-03-28T12:00Z', ['03-29T01:00', '03-30T00:30']],
    ['30 23 * * *', 'America/Scoresbysund', '2026-03-28T12:00Z', ['03-29T01:00', '03-30T00:30']],
    ['15,45 23 * * 6', 'America/Nuuk', '2026-03-28T12:00Z', ['03-29T01:00', '04-05T00:15']],
    ['30 0 * * *', 'Africa/Cairo', '2026-04-23T12:00Z', ['04-23T22:00', '04-24T21:30']],
  ])('B11: %s in %s fires once on the day that skips its hour', (cron, zone, from, expected) => {
    const to = new Date(`2026-${expected.at(-1)!}Z`).toISOString();

    expect(firings(cron, zone, from, to)).toEqual(expected);
  });

  it.each([
    ['30 2 * * *', 'Europe/Vienna', '2026-03-28T12:00Z', ['03-29T01:00', '03-30T00:30']],
    ['30 23 * * *', 'America/Nuuk', '2026-10-24T12:00Z', ['10-25T00:30', '10-26T01:30']],
  ])('B09, B10: %s lives in the zone of the system, here %s', (cron, zone, from, expected) => {
    vi.stubEnv('TZ', zone);
    const to = new Date(`2026-${expected.at(-1)!}Z`).toISOString();

    expect(firings(cron, undefined, from, to)).toEqual(expected);
  });

  it('B10: with a fixed hour fires once on the day that has its hour twice', () => {
    expect(
      firings('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-02T12:00Z'),
    ).toEqual(['11-01T05:30', '11-02T06:30']);
  });

  it.each([
    [
      '*/30 2 * * *',
      '2026-03-08T00:00Z',
      '2026-03-09T12:00Z',
      ['03-08T07:00', '03-09T06:00', '03-09T06:30'],
    ],
    [
      '15,45 2-3 * * *',
      '2026-03-08T00:00Z',
      '2026-03-08T12:00Z',
      ['03-08T07:00', '03-08T07:15', '03-08T07:45'],
    ],
    ['*/30 1 * * *', '2026-10-31T12:00Z', '2026-11-01T12:00Z', ['11-01T05:00', '11-01T05:30']],
    ['0 1-2 * * *', '2026-10-31T12:00Z', '2026-11-01T12:00Z', ['11-01T05:00', '11-01T07:00']],
  ])('B09, B10: %s has fixed hours, whatever its minutes', (cron, from, to, expected) => {
    expect(firings(cron, 'America/New_York', from, to)).toEqual(expected);
  });

  it('B10: with any hour follows real time through the hour that comes twice', () => {
    expect(
      firings('*/30 * * * *', 'America/New_York', '2026-11-01T05:01Z', '2026-11-01T07:59Z'),
    ).toEqual(['11-01T05:30', '11-01T06:00', '11-01T06:30', '11-01T07:00', '11-01T07:30']);
    expect(
      firings('0 * * * *', 'America/New_York', '2026-11-01T03:30Z', '2026-11-01T08:00Z'),
    ).toEqual(['11-01T04:00', '11-01T05:00', '11-01T06:00', '11-01T07:00', '11-01T08:00']);
  });

  it.each(
    ['30 2 * * *', '0 2 * * *', '* * * * *', '*/30 * * * * *'].flatMap((cron) =>
      [
        ['America/New_York', '2026-03-08T05:00Z'],
        ['Europe/Vienna', '2026-03-28T23:00Z'],
        ['America/Havana', '2026-03-08T03:00Z'],
        ['Australia/Lord_Howe', '2026-10-03T13:30Z'],
        ['Africa/Casablanca', '2026-03-22T00:00Z'],
      ].map(([zone, from]) => [cron, zone!, from!] as const),
    ),
  )(
    'B09: %s in %s never stands still or repeats itself around a change of clocks',
    (cron, zone, from) => {
      const began = performance.now();
      const instants: number[] = [];
      const until = new Date(from).getTime() + 28 * 3_600_000;
      const { cron: pattern } = worker('w', { cron, timeZone: zone }).schedule as {
        cron: { next(after: number): number | undefined };
      };
      for (let at = pattern.next(new Date(from).getTime()); at! < until; at = pattern.next(at!)) {
        instants.push(at!);
      }

      expect(instants.every((at, index) => index === 0 || at > instants[index - 1]!)).toBe(true);
      expect(instants.length).toBeGreaterThan(0);
      expect(performance.now() - began).toBeLessThan(2_000);
    },
  );

  it.each([
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', '2026-03-08T07:00Z'],
    ['0 2 * * *', 'Australia/Lord_Howe', '2026-10-03T16:00Z', '2026-10-04T15:00Z'],
    ['0 0 * * *', 'America/Havana', '2026-03-07T12:00Z', '2026-03-08T05:00Z'],
  ])(
    'B11: %s in %s is shown in the status with the instant at which it fires',
    (cron, zone, from, due) => {
      const scheduler = schedulerOf({ from }, worker('fire', { cron, timeZone: zone }));

      expect(scheduler.view('fire').nextDueAt).toEqual(new Date(due));
      expect(scheduler.tick(due)).toStart('fire');
    },
  );

  it('B16: fires once a week, though its run is slow and ends in the midst of wake-ups', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T00:00:00Z' },
      worker('weekly', { cron: '0 3 * * 1', timeZone: 'UTC' }),
    );
    const week = 7 * 86_400_000;
    const first = Date.parse('2026-03-02T03:00Z');
    for (let due = first; due < first + 4 * week; due += week) {
      expect(scheduler.tick(new Date(due).toISOString())).toStart('weekly');
      const { runId } = scheduler.running.shift()!;
      for (let second = 0; second <= 27; second++) {
        scheduler.stall(new Date(due + second * 1_000).toISOString());
      }
      const ended = scheduler.step((core, now) => {
        core.tick(now);
        core.attemptEnded(runId, 1, succeeded, true, now);
        core.tick(now);
      });

      expect(ended).toStartNothing();
      expect(scheduler.view('weekly').nextDueAt).toEqual(new Date(due + week));
    }

    expect(scheduler.starts).toHaveLength(4);
    expect(scheduler.view('weekly').counts).toMatchObject({ started: 4, skipped: 0 });
  });

  it('B01: fires on the next leap day, beyond what a timer can hold', () => {
    const scheduler = schedulerOf(
      { from: '2026-11-01T00:00Z' },
      worker('leap', { cron: '0 0 29 2 *', timeZone: 'UTC' }),
    );

    expect(scheduler.tick('2028-02-28T23:59:59Z')).toStartNothing();
    expect(scheduler.tick('2028-02-29T00:00Z')).toStart('leap');
  });

  it('B06: fires once per slot when every timer is early', () => {
    const scheduler = schedulerOf(
      { from: '2026-03-01T00:00:30Z' },
      worker('minutely', { cron: '0 * * * * *', timeZone: 'UTC' }),
    );
    for (let minute = 1; minute <= 60; minute++) {
      const slot = scheduler.core.nextWakeAt!;
      for (const early of [8, 3, 1, 0]) scheduler.step((core) => core.tick(slot - early));
      scheduler.step((core) =>
        core.attemptEnded(scheduler.running.shift()!.runId, 1, succeeded, true, slot),
      );
    }

    expect(new Set(scheduler.starts.map(({ scheduledAt }) => scheduledAt)).size).toBe(60);
    expect(scheduler.starts).toHaveLength(60);
  });
});
