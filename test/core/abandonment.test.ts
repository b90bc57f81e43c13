import { describe, expect, it } from 'vitest';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  timedOut,
  worker,
} from '../support/core/scheduler-with.js';

const once = { maxRetries: 0 };

describe('A timed-out run', () => {
  it('has ended, while its attempt keeps its place until it settles', () => {
    const scheduler = schedulerWith(worker('slow', once), worker('other', { blocks: 'slow' }));
    scheduler.trigger('slow');

    expect(scheduler.end('slow', timedOut, 200)).toReport('run.timed-out');
    expect(scheduler.trigger('other')).toStartNothing();
    expect(scheduler.settle('slow', 300)).toStart('other');
  });

  it('B21: is counted once, whatever its attempt does later', () => {
    const scheduler = schedulerWith(worker('slow', once));
    const { runId } = scheduler.trigger('slow');
    scheduler.end('slow', timedOut, 200);
    const before = scheduler.view('slow');
    for (const outcome of [succeeded, failed]) {
      scheduler.step((core, now) => core.attemptEnded(runId, 1, outcome, true, now));
    }

    expect(scheduler.view('slow')).toEqual({ ...before, state: 'idle', running: 0 });
  });

  it('is abandoned when it does not settle, which is reported and shown until it does', () => {
    const scheduler = schedulerWith(worker('slow', once));
    scheduler.trigger('slow');
    scheduler.end('slow', timedOut, 200);

    expect(scheduler.abandon('slow', 250)).toReport('run.abandoned', {
      ...{ worker: 'slow', attempt: 1, holdsPlace: false },
    });
    expect(scheduler.status().abandoned).toBe(1);
    scheduler.settle('slow', 900);
    expect(scheduler.status().abandoned).toBe(0);
    expect(scheduler.view('slow').counts).toMatchObject({ 'timed-out': 1, abandoned: 1 });
  });
});

describe('An abandoned attempt', () => {
  it('B23: frees its place: ten that never settle do not stop an eleventh', () => {
    const names = Array.from({ length: 10 }, (_, index) => `stuck-${index}`);
    const scheduler = schedulerOf(
      { maxConcurrentWorkers: 10 },
      ...names.map((name) => worker(name, once)),
      worker('eleventh'),
    );
    for (const name of names) scheduler.trigger(name);
    scheduler.trigger('eleventh');
    for (const name of names) scheduler.end(name, timedOut, 100);

    expect(scheduler.abandon('stuck-0', 150)).toStart('eleventh');
    expect(scheduler.view('stuck-0')).toMatchObject({ abandoned: 1, running: 0 });
  });

  it.each([
    ['conflicts', { blocks: 'other' }],
    ['groups', { groups: ['db'] }],
    ['holdOnTimeout: true', { holdOnTimeout: true }],
  ])('B20: goes on holding its place for a worker with %s', (_, options) => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('stuck', { ...once, ...options }),
      worker('other', { groups: ['db'] }),
    );
    scheduler.trigger('stuck');
    scheduler.end('stuck', timedOut, 100);

    expect(scheduler.abandon('stuck', 150)).toReport('run.abandoned', { holdsPlace: true });
    expect(scheduler.trigger('stuck')).toStartNothing();
    expect(scheduler.settle('stuck', 900)).toStart('stuck');
  });

  it('frees its place with holdOnTimeout: false in spite of conflicts', () => {
    const scheduler = schedulerWith(
      worker('stuck', { ...once, blocks: '*', holdOnTimeout: false }),
      worker('other'),
    );
    scheduler.trigger('stuck');
    scheduler.trigger('other');
    scheduler.end('stuck', timedOut, 100);

    expect(scheduler.abandon('stuck', 150)).toStart('other');
  });

  it.each([50, 0])('is freed by hand, with a history of %d', (history) => {
    const scheduler = schedulerOf(
      { history },
      worker('stuck', { ...once, blocks: 'other' }),
      worker('other'),
    );
    const { runId } = scheduler.trigger('stuck');
    scheduler.trigger('other');
    scheduler.step((core, now) => core.cancel(runId, 'stuck', now), 100);
    const freed = scheduler.step((core, now) => core.abandon(runId, now));

    expect(freed).toStart('other');
    expect(freed).toReport('run.abandoned', { holdsPlace: false });
  });

  it('is counted once where it is abandoned by hand and by its grace', () => {
    const scheduler = schedulerWith(worker('stuck', once));
    const { runId } = scheduler.trigger('stuck');
    scheduler.end('stuck', timedOut, 100);
    scheduler.step((core, now) => core.abandon(runId, now));
    scheduler.abandon('stuck');

    expect(scheduler.view('stuck').counts.abandoned).toBe(1);
  });

  it.each([
    ['a conflict', { blocks: ['victim', 'clean'] }, { blocks: 'other' }],
    ['a group', { groups: ['db'] }, { groups: ['db'], blocks: 'other' }],
  ])('in whose way nothing is reserved: %s', (_, stuck, clean) => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('stuck', { ...once, ...stuck }),
      worker('victim'),
      worker('clean', clean),
      worker('other'),
    );
    scheduler.trigger('stuck');
    scheduler.trigger('clean', {}, 1);
    scheduler.trigger('other', {}, 2);
    expect(scheduler.explain('other')).toMatchObject({ reason: 'RESERVED' });
    scheduler.end('stuck', timedOut, 3);

    expect(scheduler.abandon('stuck', 4)).toStart('other');
  });

  it('once it has settled lets whoever waited for it reserve again', () => {
    const scheduler = schedulerWith(
      worker('live'),
      worker('stuck', once),
      worker('clean', { blocks: ['live', 'stuck', 'other'] }),
      worker('other'),
    );
    for (const name of ['live', 'stuck', 'clean']) scheduler.trigger(name);
    scheduler.end('stuck', timedOut, 1);
    scheduler.abandon('stuck', 2);
    expect(scheduler.trigger('other', {}, 3)).toStart('other');
    scheduler.end('other', succeeded, 4);
    scheduler.settle('stuck', 5);

    expect(scheduler.trigger('other', {}, 6)).toStartNothing();
    expect(scheduler.explain('other')).toMatchObject({ reason: 'RESERVED', heldBy: 'clean' });
  });

  it('can be freed by hand even where its run has left the history', () => {
    const scheduler = schedulerOf(
      { history: 0, groups: { db: 1 } },
      worker('import', { groups: 'db', maxRetries: 0 }),
    );
    const { runId } = scheduler.trigger('import');
    scheduler.end('import', timedOut, '60s');
    scheduler.abandon('import', '65s');

    expect(scheduler.core.cancel(runId, 'test', scheduler.now)).toBe(false);
    scheduler.step((core, now) => core.abandon(runId, now));
    expect(scheduler.view('import').running).toBe(0);
  });

  it('keeps excluding all others where its worker that blocks them was unregistered meanwhile', () => {
    const scheduler = schedulerWith(
      worker('compact', { blocks: '*', maxRetries: 0 }),
      worker('other'),
    );
    scheduler.trigger('compact');
    scheduler.step((core, now) => core.remove('compact', now));
    scheduler.end('compact', timedOut, '60s');

    expect(scheduler.abandon('compact', '65s')).toReport('run.abandoned', { holdsPlace: true });
    expect(scheduler.trigger('other')).toStartNothing();
  });

  it('is counted until it settles, though its worker was unregistered meanwhile', () => {
    const scheduler = schedulerWith(worker('import', { maxRetries: 0 }));
    scheduler.trigger('import');
    scheduler.end('import', timedOut, '60s');
    scheduler.abandon('import', '65s');
    scheduler.step((core, now) => core.remove('import', now));

    expect(scheduler.status()).toMatchObject({ abandoned: 1 });
  });

  it('is no excuse for the runs behind it', () => {
    const scheduler = schedulerOf(
      { groups: { db: 1 } },
      worker('import', {
        ...{ interval: '1m', groups: 'db', timeout: '1s', abortGrace: '1s' },
        overdueAfter: '5m',
        backoff: '1s',
      }),
    );
    scheduler.end('import', timedOut, '1s');
    scheduler.abandon('import', '2s');

    scheduler.tick('10m');
    expect(scheduler.view('import')).toMatchObject({
      isOverdue: true,
      waitingFor: { reason: 'ALREADY_RUNNING' },
    });
  });
});
