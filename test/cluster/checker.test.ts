import { describe, expect, it } from 'vitest';
import { CHECKS, judge } from './checker/judge.js';
import { EVERYBODY } from './history/event.js';
import { Scene } from './scene.js';

/** What is found, by invariant; `excused` in front of it where it is. */
function found(scene: Scene): string[] {
  const all = judge(scene.history()).map(({ id, isExcused }) => (isExcused ? `excused ${id}` : id));
  return [...new Set(all)];
}

/** A rival of `second`, which runs from 20 150 to 20 250, so that they overlap. */
const rival = (from: number, to: number) =>
  ({ worker: 'rival', due: 20_000, runId: 'rival 20000', from, to }) as const;

describe('The judge of the chaos', () => {
  it('knows thirteen invariants', () => {
    expect(CHECKS.map(({ id }) => id)).toEqual(Array.from({ length: 13 }, (_, k) => `C${k + 1}`));
  });

  it('finds nothing in a healthy minute', () => {
    expect(judge(new Scene().history())).toEqual([]);
  });

  describe('finds, of C1,', () => {
    it('conflicting workers that overlap', () => {
      const scene = new Scene().withoutRun('rival 20000').attempt(rival(20_200, 20_300));
      expect(found(scene)).toEqual(['C1']);
    });

    it('the same, excused, of a replica that had been frozen for longer than it can keep its lease', () => {
      const scene = new Scene()
        .withoutRun('second 20000')
        .withoutRun('rival 20000')
        .withoutRun('rival 21000')
        .attempt({ worker: 'second', due: 20_000, from: 20_150, to: 24_300, replica: 'r2' })
        .trouble('r2', 20_160, 24_250)
        .attempt(rival(23_000, 23_100));
      expect(found(scene)).toContain('excused C1');
      expect(found(scene)).not.toContain('C1');
    });

    it('but not of one that was frozen for less, or of another', () => {
      const overlap = (): Scene =>
        new Scene().withoutRun('rival 20000').attempt(rival(20_200, 20_300));
      expect(found(overlap().trouble('r1', 19_300, 20_190))).toContain('C1');
      expect(found(overlap().trouble('r2', 15_000, 20_190))).toContain('C1');
      expect(found(overlap().trouble(EVERYBODY, 15_000, 20_190))).toContain('excused C1');
    });

    it('nothing where the resource has refused the tail', () => {
      const scene = new Scene()
        .trouble('r2', 17_000, 20_155)
        .attempt({ ...rival(20_160, 20_170), attempt: 2, isRefused: true, replica: 'r2' });
      expect(found(scene)).toEqual(['excused C4']);
    });
  });

  describe('finds, of C2,', () => {
    it('more attempts than the concurrency', () => {
      const scene = new Scene().attempt({
        worker: 'first',
        runId: 'first 20000',
        attempt: 2,
        due: 20_000,
        from: 20_050,
        to: 20_060,
      });
      expect(found(scene)).toEqual(['C2']);
    });

    it('more than the group, and more than all may be', () => {
      const scene = new Scene();
      for (const attempt of [2, 3, 4]) {
        scene.attempt({
          worker: 'pair',
          runId: 'pair 20000',
          attempt,
          due: 20_000,
          from: 20_050 + attempt,
          to: 20_060,
        });
      }
      const whats = judge(scene.history()).map(({ what }) => what.split(':')[0]);
      expect(whats).toEqual([
        '3 attempts of pair, not 2',
        '4 attempts of pair, not 2',
        '3 attempts in the group net, not 2',
        '4 attempts in the group net, not 2',
        '4 attempts, not 3',
        '5 attempts, not 3',
      ]);
    });
  });

  describe('finds, of C3,', () => {
    const tail = (...signs: { at: number; isAborted: boolean }[]): Scene =>
      new Scene()
        .withoutRun('second 20000')
        .withoutRun('rival 20000')
        .attempt({ worker: 'second', due: 20_000, from: 20_150, to: 24_600, replica: 'r2', signs })
        .trouble('r2', 20_160, 24_250)
        .attempt(rival(23_000, 23_100));
    const sign = (at: number, isAborted = false) => ({ at, isAborted });

    it('a tail that gives a third sign of life unaborted', () => {
      expect(found(tail(sign(24_300), sign(24_350), sign(24_400)))).toContain('C3');
      expect(found(tail(sign(24_300), sign(24_350), sign(24_400, true)))).not.toContain('C3');
    });

    it('a run that ends in two ways', () => {
      const final = { is: 'final', worker: 'first', runId: 'first 20000' } as const;
      const scene = new Scene()
        .add(20_200, { ...final, replica: 'r1', status: 'succeeded' })
        .add(20_201, { ...final, replica: 'r2', status: 'succeeded' });
      expect(found(scene)).toEqual([]);
      expect(found(scene.add(20_300, { ...final, replica: 'r2', status: 'lost' }))).toEqual(['C3']);
    });
  });

  describe('finds, of C4,', () => {
    it('a grant with the token of another', () => {
      const scene = new Scene().withoutRun('first 20000').attempt({
        worker: 'first',
        due: 20_000,
        from: 20_000,
        to: 20_100,
        token: 1,
      });
      expect(found(scene)).toEqual(['C4']);
    });

    it('a grant without one', () => {
      const scene = new Scene().withoutRun('first 20000').attempt({
        worker: 'first',
        due: 20_000,
        from: 20_000,
        to: 20_100,
        token: undefined!,
      });
      expect(found(scene)).toEqual(['C4']);
    });

    it('a refusal of a replica that nothing was done to', () => {
      const scene = new Scene().attempt({
        worker: 'first',
        due: 20_000,
        runId: 'first 20000',
        attempt: 2,
        from: 20_120,
        to: 20_130,
        isRefused: true,
      });
      expect(found(scene)).toEqual(['C4']);
    });
  });

  describe('finds, of C5,', () => {
    it('a due instant that has two runs', () => {
      const scene = new Scene().attempt({
        worker: 'first',
        due: 20_000,
        runId: 'another',
        from: 20_120,
        to: 20_130,
      });
      expect(found(scene)).toEqual(['C5']);
    });

    it('a due instant that an earlier run has stood for', () => {
      const scene = new Scene().withoutRun('pair 20000').attempt({
        worker: 'pair',
        due: 20_000,
        missed: 1,
        from: 20_010,
        to: 20_110,
      });
      expect(found(scene)).toEqual(['C5']);
    });

    it('an attempt that begins twice', () => {
      const scene = new Scene().attempt({
        worker: 'first',
        due: 20_000,
        from: 20_110,
        to: 20_120,
        replica: 'r2',
      });
      expect(found(scene)).toEqual(['C5']);
    });
  });

  describe('finds, of C6,', () => {
    it('a due instant that nothing stands for', () => {
      expect(found(new Scene().withoutRun('pair 20000'))).toEqual(['C6']);
    });

    it('nothing where a later run stands for it', () => {
      const scene = new Scene()
        .withoutRun('pair 20000')
        .withoutRun('pair 21000')
        .attempt({ worker: 'pair', due: 20_000, missed: 1, from: 21_010, to: 21_110 });
      expect(found(scene)).toEqual([]);
    });

    it('a run that is very late with no trouble to blame, or early', () => {
      const moved = (from: number): Scene =>
        new Scene()
          .withoutRun('pair 20000')
          .attempt({ worker: 'pair', due: 20_000, from, to: from + 10 });
      expect(found(moved(24_500))).toEqual(['C6']);
      expect(found(moved(24_500).trouble('r1', 20_000, 20_001))).toEqual([]);
      expect(found(moved(18_900))).toEqual(['C6']);
    });

    it('nothing where it is late for its own attempts before, unless they took longer than they may', () => {
      const late = (attemptMs: number): Scene => {
        const scene = new Scene();
        for (let due = 20_000; due <= 25_000; due += 1_000) scene.withoutRun(`first ${due}`);
        for (let attempt = 1; attempt <= 10; attempt++) {
          const from = 20_000 + (attempt - 1) * attemptMs;
          scene.attempt({ worker: 'first', due: 20_000, attempt, from, to: from + attemptMs });
        }
        const from = 20_000 + 10 * attemptMs;
        return scene.attempt({ worker: 'first', due: 21_000, missed: 4, from, to: from + 100 });
      };
      expect(found(late(550)).filter((id) => id === 'C6')).toEqual([]);
      expect(found(late(1_100))).toContain('C6');
    });

    it('a worker that falls silent', () => {
      const scene = new Scene().without(
        (told) => told.at > 50_000 && 'worker' in told && told.worker === 'pair',
      );
      expect(found(scene)).toEqual(['C6', 'C11']);
    });
  });

  describe('finds, of C7,', () => {
    it('an accepted ticket that never began', () => {
      expect(found(new Scene().add(9_000, { is: 'accepted', ticket: 2, runId: 't2' }))).toEqual([
        'C7',
      ]);
    });

    it('one that never succeeded, or began as another run', () => {
      const failed = new Scene().add(9_450, { is: 'accepted', ticket: 2, runId: 't2' }).attempt({
        worker: 'ticket',
        ticket: 2,
        runId: 't2',
        from: 9_460,
      });
      expect(found(failed)).toContain('C7');
      const other = new Scene().ticket(2, 9_450).attempt({
        worker: 'ticket',
        ticket: 2,
        runId: 't3',
        from: 9_600,
        to: 9_650,
      });
      expect(found(other)).toEqual(['C7']);
    });
  });

  it('finds, of C8, a dependent that begins before the end of what it depends on', () => {
    const scene = new Scene().withoutRun('first 20000').attempt({
      worker: 'first',
      due: 20_000,
      from: 20_120,
      to: 20_160,
    });
    expect(found(scene)).toEqual(['C8']);
  });

  describe('finds, of C9,', () => {
    it('a killed attempt that nobody misses', () => {
      const killed = (): Scene =>
        new Scene()
          .attempt({ worker: 'ticket', ticket: 2, runId: 't2', from: 9_450, replica: 'r2' })
          .down(9_460, 'r2', 'SIGKILL', null);
      expect(found(killed())).toEqual(['C9']);
      const final = { is: 'final', replica: 'r1', worker: 'ticket', runId: 't2' } as const;
      expect(found(killed().add(12_000, { ...final, status: 'lost' }))).toEqual([]);
    });

    it('what is held by nobody in the end', () => {
      expect(found(new Scene().report({ replica: 'r3', running: 1 }))).toEqual(['C9']);
    });
  });

  describe('finds, of C10,', () => {
    it('replicas that disagree', () => {
      const workers = [{ name: 'first', enabled: true, failures: 1 }];
      expect(found(new Scene().report({ replica: 'r3', workers }))).toEqual(['C10']);
    });

    it('a run of a worker that is off', () => {
      const scene = new Scene().attempt({ worker: 'doomed', due: 9_000, from: 9_500, to: 9_520 });
      expect(found(scene)).toEqual(['C10']);
    });

    it('a worker that always fails and is never switched off', () => {
      const workers = [{ name: 'doomed', enabled: true, failures: 9 }];
      const scene = new Scene()
        .without(({ is }) => is === 'report')
        .report({ replica: 'r1', workers });
      expect(found(scene)).toEqual(['C10']);
    });
  });

  describe('finds, of C11,', () => {
    it('a replica that is not ready in the end', () => {
      expect(found(new Scene().report({ replica: 'r3', isReady: false }))).toEqual(['C11']);
    });

    it('a worker that runs too rarely in the quiet', () => {
      const scene = new Scene();
      for (const due of [51_000, 53_000, 55_000, 57_000]) {
        scene
          .withoutRun(`pair ${due}`)
          .withoutRun(`pair ${due + 1_000}`)
          .attempt({ worker: 'pair', due, missed: 1, from: due + 1_010, to: due + 1_110 });
      }
      expect(found(scene)).toEqual(['C11']);
    });

    it('connections, and entries, that pile up', () => {
      const census = (entries: number, connections: number): Scene =>
        new Scene()
          .without((told) => told.is === 'census' && told.when === 'after')
          .add(66_000, { is: 'census', when: 'after', entries, connections });
      expect(found(census(500, 40))).toEqual(['C11']);
      expect(found(census(900, 20))).toEqual(['C11']);
      // What is kept of triggered runs is more with each of them.
      const kept = (entries: number): string[] =>
        found(census(entries, 20).ticket(7, 52_000).ticket(8, 53_000).ticket(9, 54_000));
      expect(kept(563)).toEqual([]);
      expect(kept(564)).toEqual(['C11']);
    });
  });

  describe('finds, of C12,', () => {
    it('a crash, and a process that ends by itself', () => {
      const crash = { is: 'crash', replica: 'r1', text: 'Error: unhandled' } as const;
      expect(found(new Scene().add(9_000, crash))).toEqual(['C12']);
      expect(found(new Scene().down(9_900, 'r1', null, 1))).toEqual(['C12']);
    });

    it('a process that ends with an error when it is terminated', () => {
      expect(found(new Scene().down(9_900, 'r1', 'SIGTERM', 0))).toEqual([]);
      expect(found(new Scene().down(9_900, 'r1', 'SIGTERM', 13))).toEqual(['C12']);
    });

    it('a process that grows', () => {
      expect(found(new Scene().report({ replica: 'r3', rssMb: 900 }))).toEqual(['C12']);
    });
  });

  it('finds, of C13, a process that takes too long to end', () => {
    const terminated = (downAt: number): Scene =>
      new Scene()
        .add(9_900, { is: 'terminated', replica: 'r1', boot: 'r1.1' })
        .down(downAt, 'r1', 'SIGTERM', 0);
    const long = found(terminated(14_900)).filter((id) => id === 'C13');
    expect(long).toEqual(['C13']);
    expect(found(terminated(13_950))).not.toContain('C13');
  });

  it('counts, for C13, from when a process that was blocked can hear that it is to end', () => {
    const blocked = (downAt: number): Scene =>
      new Scene()
        .add(9_000, { is: 'trouble', id: 9, fault: 'event loop blocked', of: 'r1' })
        .add(12_000, { is: 'relief', id: 9 })
        .add(9_900, { is: 'terminated', replica: 'r1', boot: 'r1.1' })
        .down(downAt, 'r1', 'SIGTERM', 0);
    expect(found(blocked(16_000))).not.toContain('C13');
    expect(found(blocked(17_000))).toContain('C13');
  });

  it('leaves out, for C13, the time in which a process was frozen while it ended', () => {
    const frozen = (downAt: number): Scene =>
      new Scene()
        .add(9_900, { is: 'terminated', replica: 'r1', boot: 'r1.1' })
        .trouble('r1', 11_000, 19_000)
        .down(downAt, 'r1', 'SIGTERM', 0);
    expect(found(frozen(21_800))).not.toContain('C13');
    expect(found(frozen(23_000))).toContain('C13');
  });
});
