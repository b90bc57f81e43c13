import type { Queue } from 'bullmq';
import { expect, it, vi } from 'vitest';
import { EVERYTHING, type MemoryWriter } from '../../lib/engine/bullmq/memory-writer.js';
import { Remembrance } from '../../lib/engine/bullmq/remembrance.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

/** A leader's, whose store takes so long for each writing. */
function begin(writeMs: number, patienceMs = 6_000, cleanMs = 0) {
  const clock = new VirtualClock();
  const memory = {
    hasChanges: true,
    note: vi.fn<(subject: unknown) => void>(),
    write: vi.fn(() => clock.wait(writeMs)),
  };
  const looks: number[] = [];
  const hasUnanswered = vi.fn(() => {
    looks.push(clock.now());
    return true;
  });
  /** The instants before which ends are forgotten. */
  const forgotten: number[] = [];
  const clean = async (graceMs: number): Promise<string[]> => {
    forgotten.push(clock.now() - graceMs);
    await clock.wait(cleanMs);
    return [];
  };
  const remembrance = new Remembrance(
    memory as unknown as MemoryWriter,
    { clean } as unknown as Queue,
    new Alarms(clock),
    clock,
    patienceMs,
    () => 0,
    hasUnanswered,
  );
  const began = clock.now();
  remembrance.begin();
  return { clock, memory, looks, forgotten, began, remembrance };
}

it.each([0, 700, 9_000, 30_000])(
  'forgets no end that was not looked for twice, though each writing takes %s ms',
  async (writeMs) => {
    const { clock, memory, looks, forgotten, began, remembrance } = begin(writeMs);
    await clock.advance('3m');
    remembrance.stop();

    expect(forgotten.length).toBeGreaterThan(2);
    expect(memory.note).toHaveBeenCalledWith(EVERYTHING);
    for (const before of forgotten) {
      if (before <= began) continue;
      expect(looks.filter((at) => at >= before).length).toBeGreaterThanOrEqual(2);
      expect(clock.now() - before).toBeGreaterThanOrEqual(10_000);
    }
    expect(forgotten.at(-1)).toBeGreaterThan(began);
  },
);

it.each([
  [1_000, 2_000],
  [6_000, 10_000],
])(
  'forgets nothing before each replica may have been heard of, where an answer may take %i ms: for %i ms',
  async (patienceMs, forMs) => {
    const { clock, forgotten, remembrance } = begin(0, patienceMs);
    await clock.advance(forMs - 1);
    expect(forgotten).toEqual([]);

    await clock.advance(501);
    expect(forgotten).not.toEqual([]);
    remembrance.stop();
  },
);

it('forgets once what had ended before, where nothing changes', async () => {
  const { clock, memory, forgotten, remembrance } = begin(0);
  memory.hasChanges = false;
  await clock.advance('1m');
  remembrance.stop();

  expect(forgotten).toHaveLength(2);
});

it.each([
  ['writing', 1_900, 0, 0],
  ['forgetting', 0, 1_000, 1],
])('forgets nothing more where it is over while it is %s', async (_, writeMs, cleanMs, most) => {
  const { clock, forgotten, remembrance } = begin(writeMs, 6_000, cleanMs);
  await clock.advance(10_800);
  remembrance.stop();
  await clock.advance('1m');

  expect(forgotten).toHaveLength(most);
});

it('forgets nothing any more once it is over', async () => {
  const { clock, forgotten, remembrance } = begin(0);
  await clock.advance('1m');
  remembrance.stop();
  const before = forgotten.length;
  await clock.advance('1m');
  expect(forgotten).toHaveLength(before);
});
