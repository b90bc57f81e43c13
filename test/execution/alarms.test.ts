import { describe, expect, it, vi } from 'vitest';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

const DAY = 86_400_000;

function recording() {
  const clock = new VirtualClock(0);
  const alarms = new Alarms(clock);
  const calls: [string, number][] = [];
  const set = (name: string, at: number) =>
    alarms.set(at, () => void calls.push([name, clock.now()]));
  const timersArmed = vi.spyOn(clock, 'setTimer');
  const timersCleared = vi.spyOn(clock, 'clearTimer');
  return { clock, alarms, calls, set, timersArmed, timersCleared };
}

describe('Alarms', () => {
  it('calls back by instant, then in the order of setting', async () => {
    const { clock, calls, set } = recording();
    set('c', 30);
    set('a', 10);
    set('b', 20);
    set('b too', 20);

    await clock.advance(100);

    expect(calls).toEqual([
      ['a', 10],
      ['b', 20],
      ['b too', 20],
      ['c', 30],
    ]);
  });

  it('says when the next one is due, and how many there are', () => {
    const { alarms, set } = recording();
    expect(alarms.nextAt).toBeUndefined();
    set('later', 50);
    const first = set('first', 20);

    expect([alarms.size, alarms.nextAt]).toEqual([2, 20]);
    alarms.clear(first);
    expect([alarms.size, alarms.nextAt]).toEqual([1, 50]);
  });

  it('calls back soon, but not at once, where the instant has passed', async () => {
    const { clock, calls, set } = recording();
    await clock.advance(100);
    set('overdue', 40);
    expect(calls).toEqual([]);

    await clock.advance(1);

    expect(calls).toEqual([['overdue', 101]]);
  });

  it('does not call a cleared alarm, nor keeps what it would have called', async () => {
    const { clock, alarms, calls, set } = recording();
    const cleared = set('cleared', 10);
    set('kept', 20);
    alarms.clear(cleared);
    alarms.clear(cleared);
    expect(cleared.callback).toBeUndefined();

    await clock.advance(100);

    expect(calls).toEqual([['kept', 20]]);
  });

  it('touches the timer only for an alarm before all others', async () => {
    const { clock, alarms, set, timersArmed, timersCleared } = recording();
    const first = set('first', 1_000);
    expect(timersArmed).toHaveBeenCalledTimes(1);

    for (let each = 0; each < 1_000; each += 1) alarms.clear(set('later', 60_000 + each));
    set('second', 1_000);
    alarms.clear(first);
    expect(timersArmed).toHaveBeenCalledTimes(1);

    set('earlier', 500);
    expect(timersArmed).toHaveBeenCalledTimes(2);
    expect(timersCleared).toHaveBeenCalledTimes(1);
    await clock.advance(499);
    expect(timersArmed).toHaveBeenCalledTimes(2);
  });

  it('arms anew for what is left where the timer fires for a cleared alarm', async () => {
    const { clock, alarms, calls, set } = recording();
    const first = set('first', 10);
    set('second', 20);
    alarms.clear(first);

    await clock.advance(15);
    expect(calls).toEqual([]);
    await clock.advance(5);
    expect(calls).toEqual([['second', 20]]);
  });

  it('leaves no timer once nothing is pending', async () => {
    const { clock, alarms, set } = recording();
    alarms.clear(set('cleared', 60_000));
    await clock.advance(0);
    expect(clock.pending).toBe(0);

    alarms.clear(set('cleared again', 60_000));
    await clock.advance(0);
    expect(clock.pending).toBe(0);

    set('called', 60_000);
    await clock.advance('2m');
    expect(clock.pending).toBe(0);
  });

  it('keeps the timer for an alarm set in the turn in which the last was cleared', async () => {
    const { clock, alarms, calls, set, timersArmed } = recording();
    alarms.clear(set('cleared', 60_000));
    set('kept', 60_001);
    await clock.advance(0);
    expect([clock.pending, timersArmed.mock.calls.length]).toEqual([1, 1]);

    await clock.advance('2m');
    expect(calls).toEqual([['kept', 60_001]]);
  });

  it('arms again after it went without a timer', async () => {
    const { clock, alarms, calls, set } = recording();
    alarms.clear(set('cleared', 10));
    await clock.advance(0);
    set('again', 60);

    await clock.advance(100);

    expect(calls).toEqual([['again', 60]]);
  });

  it.each([2 ** 31, 2 ** 32 + 5_000, 400 * DAY])('waits for %d ms, not 1', async (far) => {
    const { clock, calls, set } = recording();
    set('far', far);

    await clock.advance(far - 1);
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual([['far', far]]);
  });

  it('calls all that are due, and arms for the rest, though one throws', async () => {
    const { clock, alarms, calls, set } = recording();
    alarms.set(10, () => {
      throw new Error('broken');
    });
    set('same instant', 10);
    set('later', 20);

    await expect(clock.advance(10)).rejects.toThrow('broken');
    await clock.advance(10);

    expect(calls).toEqual([
      ['same instant', 10],
      ['later', 20],
    ]);
  });

  it('lets an alarm clear another one of the same instant', async () => {
    const { clock, alarms, calls, set } = recording();
    alarms.set(10, () => alarms.clear(other));
    const other = set('other', 10);

    await clock.advance(50);

    expect(calls).toEqual([]);
  });

  it('lets an alarm set others', async () => {
    const { clock, alarms, calls, set } = recording();
    alarms.set(10, () => {
      set('at once', 10);
      set('sooner than the rest', 15);
    });
    set('the rest', 20);

    await clock.advance(50);

    expect(calls).toEqual([
      ['at once', 11],
      ['sooner than the rest', 15],
      ['the rest', 20],
    ]);
  });

  it('arms once for all that is set while alarms are called', async () => {
    const { clock, alarms, set, timersArmed } = recording();
    alarms.set(10, () => {
      for (const at of [40, 30, 20]) set('new', at);
    });
    await clock.advance(10);

    expect(timersArmed.mock.calls.map(([, delayMs]) => delayMs)).toEqual([10, 10]);
  });

  it('does not hold up the event loop where an alarm sets itself for this instant', async () => {
    const { clock, alarms } = recording();
    const again = vi.fn(() => void alarms.set(clock.now(), again));
    alarms.set(10, again);

    await clock.advance(12);

    expect(again).toHaveBeenCalledTimes(3);
  });

  it('calls what became due while the event loop was blocked', async () => {
    const { clock, calls, set } = recording();
    set('a', 10);
    set('b', 20);
    clock.stall('1h');

    await clock.advance(0);

    expect(calls).toEqual([
      ['a', 3_600_000],
      ['b', 3_600_000],
    ]);
  });

  it('let the process end, or keep it alive, whichever was said last', async () => {
    const { clock, alarms, set, timersArmed } = recording();
    const said: string[] = [];
    timersArmed.mockImplementation((callback, delayMs) => {
      const timer = VirtualClock.prototype.setTimer.call(clock, callback, delayMs) as object;
      return Object.assign(timer, {
        ref: () => said.push(`ref ${String(delayMs)}`),
        unref: () => said.push(`unref ${String(delayMs)}`),
      });
    });
    set('first', 20);
    expect(said).toEqual([]);
    alarms.letProcessEnd();
    expect(said).toEqual(['unref 20']);
    set('earlier', 10);
    expect(said).toEqual(['unref 20', 'unref 10']);
    alarms.keepProcessAlive();
    expect(said).toEqual(['unref 20', 'unref 10', 'ref 10']);
    await clock.advance(100);
    expect(said).toHaveLength(3);
  });

  it('make do with timers that know nothing of that', async () => {
    const { clock, alarms, calls, set } = recording();
    alarms.letProcessEnd();
    set('a', 10);
    alarms.keepProcessAlive();
    await clock.advance(100);
    expect(calls).toEqual([['a', 10]]);
  });
});
