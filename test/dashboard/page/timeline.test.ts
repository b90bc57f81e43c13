import { describe, expect, it } from 'vitest';
import type { Run } from '../../../lib/dashboard/page/api/shapes.js';
import { withRuns } from '../../../lib/dashboard/page/state/recent-runs.js';
import { marksOf } from '../../../lib/dashboard/page/timeline/marks-of-run.js';
import { ticksOf, xOf, type Span } from '../../../lib/dashboard/page/timeline/span.js';

const at = (second: number): string => new Date(second * 1_000).toISOString();
const SPAN: Span = { from: 100_000, to: 200_000, width: 1_000 };

const run = (id: string, more: Partial<Run>): Run =>
  ({ id, worker: 'w', status: 'succeeded', scheduledAt: at(0), waits: [], ...more }) as Run;

describe('The timeline', () => {
  it('draws a run from its start to its end, and its lateness before it', () => {
    const late = run('late', { scheduledAt: at(110), startedAt: at(120), endedAt: at(150) });

    expect(marksOf(late, SPAN, 200_000)).toMatchObject({
      x: 200,
      width: 300,
      lateness: { x: 100, width: 100 },
    });
  });

  it('draws no lateness where a run starts in time', () => {
    const punctual = run('punctual', {
      scheduledAt: at(110),
      startedAt: at(110),
      endedAt: at(111),
    });

    expect(marksOf(punctual, SPAN, 200_000)?.lateness).toBeUndefined();
  });

  it('draws a run that goes on up to now, with its progress', () => {
    const running = run('running', {
      status: 'running',
      scheduledAt: at(150),
      startedAt: at(150),
      progress: { fraction: 0.25 },
    });

    expect(marksOf(running, SPAN, 180_000)).toMatchObject({ x: 500, width: 300, progress: 0.25 });
  });

  it('draws a waiting run as a late one that has not started', () => {
    const waiting = run('waiting', { status: 'waiting', scheduledAt: at(150) });

    expect(marksOf(waiting, SPAN, 180_000)?.lateness).toEqual({ x: 500, width: 300 });
  });

  it('leaves out what is past', () => {
    const past = run('past', { scheduledAt: at(10), startedAt: at(10), endedAt: at(20) });

    expect(marksOf(past, SPAN, 180_000)).toBeUndefined();
  });

  it('has round instants on its axis', () => {
    const ticks = ticksOf(SPAN);

    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.every((tick) => tick % 5_000 === 0)).toBe(true);
    expect(ticks.map((tick) => xOf(tick, SPAN)).every((x) => x >= 0 && x <= 1_000)).toBe(true);
  });
});

describe('The runs that a page keeps', () => {
  it('are replaced as they change', () => {
    const before = withRuns(new Map(), [run('1', { status: 'running' })]);
    const after = withRuns(before, [run('1', { status: 'succeeded' })]);

    expect([...after.values()].map(({ status }) => status)).toEqual(['succeeded']);
  });

  it('are bounded; those that have ended go first', () => {
    const live = run('live', { status: 'running' });
    const many = Array.from({ length: 7_000 }, (_, number) => run(`r${number}`, {}));

    const kept = withRuns(new Map([['live', live]]), many);

    expect(kept.size).toBe(6_000);
    expect(kept.has('live')).toBe(true);
    expect(kept.has('r0')).toBe(false);
    expect(kept.has('r6999')).toBe(true);
  });
});
