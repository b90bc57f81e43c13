import { describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

const START = Date.parse('2026-01-01T00:00:00Z');

function recording() {
  const clock = new VirtualClock(START);
  const calls: [string, number][] = [];
  const record = (name: string) => () => void calls.push([name, clock.now() - START]);
  return { clock, calls, record };
}

describe('VirtualClock', () => {
  it('fires timers in order, each at its instant', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(record('late'), 500);
    for (const name of ['a', 'b', 'c', 'd', 'e']) clock.setTimer(record(name), 20);

    await clock.advance('1s');

    expect(calls).toEqual([
      ['a', 20],
      ['b', 20],
      ['c', 20],
      ['d', 20],
      ['e', 20],
      ['late', 500],
    ]);
    expect(clock.now()).toBe(START + 1_000);
  });

  it('fires what is due at the very end of the time that passes, and nothing later', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(record('now'), 100);
    clock.setTimer(record('later'), 101);

    await clock.advance(100);

    expect(calls).toEqual([['now', 100]]);
    expect(clock.pending).toBe(1);
  });

  it('lets promises settle, however nested, before the next timer fires', async () => {
    const { clock, calls, record } = recording();
    const deep = async (depth: number): Promise<void> => {
      if (depth > 0) await deep(depth - 1);
    };
    clock.setTimer(() => void deep(1_000).then(record('settled')), 1);
    clock.setTimer(record('next'), 2);

    await clock.advance(5);

    expect(calls).toEqual([
      ['settled', 1],
      ['next', 2],
    ]);
  });

  it('fires timers that are set while time passes', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(() => void Promise.resolve().then(() => clock.setTimer(record('b'), 10)), 10);

    await clock.advance(20);

    expect(calls).toEqual([['b', 20]]);
  });

  it('runs deferred callbacks, and what they defer, without time', async () => {
    const { clock, calls, record } = recording();
    clock.defer(() => void Promise.resolve().then(() => clock.defer(record('inner'))));

    await clock.advance(0);

    expect(calls).toEqual([['inner', 0]]);
  });

  it('does not fire a cleared timer', async () => {
    const { clock, calls, record } = recording();
    clock.clearTimer(clock.setTimer(record('never'), 10));

    await clock.advance(20);

    expect(calls).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('moves the wall clock alone when that is set', () => {
    const { clock } = recording();
    clock.jumpWall(-3_600_000);

    expect(clock.now()).toBe(START);
    expect(clock.wallOffset()).toBe(-3_600_000);
  });

  it('fires late what became due while the event loop was blocked', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(record('overdue'), 10);
    clock.stall('1m');
    expect(calls).toEqual([]);

    await clock.advance(0);

    expect(calls).toEqual([['overdue', 60_000]]);
  });

  it('goes on from where a callback that blocks ended', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(() => clock.stall(1_000), 10);
    clock.setTimer(record('overdue'), 500);

    await clock.advance(20);

    expect(calls).toEqual([['overdue', 1_010]]);
    expect(clock.now()).toBe(START + 1_010);
  });

  it.each([2 ** 31, Infinity, NaN, -1])('refuses a delay of %d, which Node cuts short', (delay) => {
    expect(() => new VirtualClock().setTimer(() => undefined, delay)).toThrow(RangeError);
  });

  it('takes at least a millisecond for a timer, as Node does', async () => {
    const { clock, calls, record } = recording();
    clock.setTimer(record('soon'), 0);

    await clock.advance(5);

    expect(calls).toEqual([['soon', 1]]);
  });

  it('refuses to advance while it is advancing', async () => {
    const { clock } = recording();
    const first = clock.advance(10);

    await expect(clock.advance(10)).rejects.toThrow('await advance()');
    await first;
  });

  it('gives up on callbacks that defer each other for ever', async () => {
    const { clock } = recording();
    const again = (): void => clock.defer(again);
    clock.defer(again);

    await expect(clock.advance(0)).rejects.toThrow('Time cannot go on');
  });
});

describe('Waiting on the clock', () => {
  it('may take longer than a timer of Node can hold', async () => {
    const clock = new VirtualClock();
    const waiting = clock.wait('30d').then(
      () => 'over',
      (error: unknown) => String(error),
    );
    await clock.advance('31d');

    expect(await waiting).toBe('over');
  });

  it('ends once that much time has passed', async () => {
    const { clock, calls, record } = recording();
    void clock.wait('2s').then(record('over'));

    await clock.advance('3s');

    expect(calls).toEqual([['over', 2_000]]);
  });

  it('ends with the reason of the signal that aborts it, and leaves no timer', async () => {
    const { clock } = recording();
    const controller = new AbortController();
    const waiting = clock.wait('2s', { signal: controller.signal });
    const tooLate = clock.wait('2s', { signal: AbortSignal.abort('never began') });

    controller.abort('no longer needed');

    await expect(waiting).rejects.toBe('no longer needed');
    await expect(tooLate).rejects.toBe('never began');
    expect(clock.pending).toBe(0);
  });

  it('goes on beside fake timers, which do not move it', async () => {
    vi.useFakeTimers();
    try {
      const { clock, calls, record } = recording();
      void clock.wait('2s').then(record('over'));
      vi.advanceTimersByTime(60_000);
      expect(calls).toEqual([]);

      await clock.advance('3s');

      expect(calls).toEqual([['over', 2_000]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
