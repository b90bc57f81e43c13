import { describe, expect, it } from 'vitest';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import { definitionOf, textOf, type Declarations } from '../../lib/engine/bullmq/declaration.js';
import { Roster } from '../../lib/engine/bullmq/roster.js';
import { engineWorker } from '../support/conformance/application.js';
import { introduction } from './engine-lab.js';

type Workers = Readonly<Record<string, WorkerOptions>>;

function declared(workers: Workers, at: number): Declarations {
  return Object.fromEntries(
    Object.entries(workers).map(([name, options]) => [
      name,
      { text: textOf(engineWorker(name, options).definition), at },
    ]),
  );
}

function rosterOf(...versions: Workers[]): Roster {
  const roster = new Roster();
  for (const [index, workers] of versions.entries()) {
    roster.introduce(introduction(`r${index}`, declared(workers, index)));
  }
  return roster;
}

const agreedOn = (roster: Roster, name: string) => definitionOf(roster.agreed().get(name)!);

describe('What replicas declare', () => {
  it('crosses the store whole, but for functions', () => {
    const { definition } = engineWorker('nightly', {
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      timeout: false,
      dependsOn: [{ worker: 'other', condition: 'idle' }],
      retryIf: () => true,
    });

    const { schedule, ...others } = definitionOf(textOf(definition));

    expect(others).toEqual(
      Object.fromEntries(
        Object.entries(definition).filter(
          ([option, value]) => !['schedule', 'retryIf'].includes(option) && value !== undefined,
        ),
      ),
    );
    const from = Date.UTC(2026, 0, 1);
    expect(schedule).toMatchObject({ kind: 'cron' });
    if (schedule.kind !== 'cron' || definition.schedule.kind !== 'cron') return;
    expect(schedule.cron.next(from)).toBe(definition.schedule.cron.next(from));
  });

  it('is taken together', () => {
    const roster = rosterOf({ a: {}, b: {} }, { b: {}, c: {} });
    expect([...roster.agreed().keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(roster.disputes()).toEqual([]);
  });

  it('is taken by the newest where it differs, and by the stricter of all where it keeps apart', () => {
    const roster = rosterOf(
      { w: { interval: '1s', concurrency: 3, blocks: 'x', dependsOn: 'y', groups: ['g'] } },
      { w: { interval: '2s', concurrency: 5, blocks: ['z'], priority: 'HIGH' } },
    );

    expect(agreedOn(roster, 'w')).toMatchObject({
      schedule: { intervalMs: 2_000 },
      concurrency: 3,
      groups: ['g'],
      dependsOn: [{ worker: 'y' }],
      priority: engineWorker('w', { priority: 'HIGH' }).definition.priority,
    });
    expect(new Set(agreedOn(roster, 'w').blocks)).toEqual(new Set(['x', 'z']));
    const [dispute] = roster.disputes();
    expect(dispute?.worker).toBe('w');
    expect(new Set(dispute?.options)).toEqual(
      new Set(['schedule', 'concurrency', 'blocks', 'dependsOn', 'groups', 'priority']),
    );
  });

  it('is forgotten with the replica', () => {
    const roster = rosterOf({ old: {}, w: { concurrency: 1 } }, { w: { concurrency: 5 } });
    expect(roster.retain(new Set(['r0', 'r1']))).toBe(false);
    expect(roster.retain(new Set(['r1']))).toBe(true);
    expect([...roster.agreed().keys()]).toEqual(['w']);
    expect(agreedOn(roster, 'w').concurrency).toBe(5);
  });

  it('is what a replica has told last, though what it told before comes after it', () => {
    const roster = new Roster();
    const [first, second] = [{ a: {} }, { a: {}, b: {} }].map((workers, at) =>
      introduction('r0', declared(workers, at)),
    );
    expect(roster.introduce(second!)).toBe(true);
    expect(roster.introduce(first!)).toBe(false);
    expect([...roster.agreed().keys()]).toEqual(['a', 'b']);

    expect(roster.introduce(second!)).toBe(true);
    roster.retain(new Set());
    expect(roster.introduce(first!)).toBe(true);
  });

  it('is, for the next leader, what the former one went by, until all have told', () => {
    const former = rosterOf({ old: {}, w: { concurrency: 1 } });
    const next = new Roster();
    next.recall(JSON.parse(JSON.stringify(former.image())) as ReturnType<Roster['image']>);
    next.introduce(introduction('r1', declared({ w: { concurrency: 5 } }, 1)));

    expect([...next.agreed().keys()].sort()).toEqual(['old', 'w']);
    expect(agreedOn(next, 'w').concurrency).toBe(1);
    next.retain(new Set(['r1']));
    expect([...next.agreed().keys()]).toEqual(['w']);
    expect(agreedOn(next, 'w').concurrency).toBe(5);
  });
});

describe('An update by a call', () => {
  const OPTIONS = { interval: '1s', concurrency: 4 } as const;
  const faster = engineWorker('w', OPTIONS).definition;

  it('stands above what is declared, and outlasts replicas that declare the same', () => {
    const roster = rosterOf({ w: { interval: '1m' } }, { w: { interval: '1m' } });
    roster.update(faster, OPTIONS);
    expect(agreedOn(roster, 'w')).toMatchObject({ concurrency: 4 });

    roster.introduce(introduction('r3', declared({ w: { interval: '1m' } }, 9)));
    roster.retain(new Set(['r3']));
    expect(agreedOn(roster, 'w')).toMatchObject({ concurrency: 4 });
  });

  it('ends where the application declares the worker otherwise', () => {
    const roster = rosterOf({ w: { interval: '1m' } });
    roster.update(faster, OPTIONS);
    roster.introduce(introduction('r0', declared({ w: { interval: '2m' } }, 9)));

    expect(agreedOn(roster, 'w')).toMatchObject({
      concurrency: 1,
      schedule: { intervalMs: 120_000 },
    });
    expect(roster.updatesOf('w')).toEqual({});
  });

  it('is known to the next leader', () => {
    const former = rosterOf({ w: { interval: '1m' } });
    former.update(faster, OPTIONS);
    const next = new Roster();
    next.recall(former.image());
    next.introduce(introduction('r1', declared({ w: { interval: '1m' } }, 1)));

    expect(agreedOn(next, 'w')).toMatchObject({ concurrency: 4 });
    expect(next.updatesOf('w')).toEqual(OPTIONS);
  });
});
