import { describe, expect, it } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  skipped,
  succeeded,
  TestScheduler,
  timedOut,
  worker,
} from '../support/core/scheduler-with.js';

describe('explain', () => {
  it('names what binds, who holds it, and since when', () => {
    const scheduler = schedulerWith(worker('clean', { blocks: 'report' }), worker('report'));
    scheduler.trigger('clean', {}, '1s');
    scheduler.trigger('report', {}, '5s');
    scheduler.tick('9s');

    expect(scheduler.explain('report')).toMatchObject({
      state: 'waiting',
      summary: '"report" is waiting; held back: BLOCKED by "clean".',
      binding: { reason: 'BLOCKED', heldBy: 'clean', since: new Date(5_000) },
      run: { origin: 'trigger', scheduledAt: new Date(5_000) },
    });
  });

  it('says when a worker cannot start before', () => {
    const scheduler = schedulerWith(
      worker('timed', { interval: '1m' }),
      worker('flaky', { backoff: '10s' }),
      worker('broken', {
        ...{ interval: '1h', maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '2m' },
      }),
      worker('delayed'),
      worker('manual'),
    );
    scheduler.end('timed', succeeded, 1);
    scheduler.trigger('flaky');
    scheduler.end('flaky', failed, 1_000);
    scheduler.end('broken', failed, 1_000);
    scheduler.trigger('delayed', { delayMs: 5_000 });
    scheduler.trigger('delayed', { delayMs: 4_000 });
    const earliest = (name: string) => scheduler.explain(name).earliestStartAt?.getTime();

    expect(earliest('timed')).toBe(60_000);
    expect(earliest('flaky')).toBe(11_000);
    expect(earliest('broken')).toBe(121_000);
    expect(earliest('delayed')).toBe(5_000);
    expect(earliest('manual')).toBeUndefined();
    expect(scheduler.explain('manual').summary).toBe('"manual" is idle; nothing is due.');
    expect(scheduler.explain('timed').summary).toBe(
      '"timed" is idle; nothing is due; earliest start 1970-01-01T00:01:00.000Z.',
    );
  });

  it('tells of past runs, and of what held them back', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('clean', { blocks: 'report' }),
      worker('report', { dependsOn: 'fetch' }),
    );
    scheduler.trigger('report', {}, '1s');
    scheduler.trigger('fetch', {}, '2s');
    scheduler.trigger('clean', {}, '3s');
    scheduler.end('fetch', succeeded, '4s');
    scheduler.end('clean', succeeded, '6s');
    scheduler.end('report', succeeded, '7s');

    expect(scheduler.explain('report').past).toMatchObject([
      {
        status: 'succeeded',
        waits: [
          { reason: 'DEPENDENCY', heldBy: 'fetch', since: new Date(1_000), until: new Date(4_000) },
          { reason: 'BLOCKED', heldBy: 'clean', since: new Date(4_000), until: new Date(6_000) },
        ],
      },
    ]);
  });

  it('tells of due instants that started nothing', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.tick('2m');
    scheduler.end('fetch', skipped, '150s');

    expect(scheduler.explain('fetch')).toMatchObject({
      past: [{ status: 'skipped', skipReason: 'SKIPPED_BY_WORKER', why: 'nothing to do' }],
      skipped: [
        { reason: 'ALREADY_RUNNING', scheduledAt: new Date(120_000), count: 1 },
        { reason: 'ALREADY_RUNNING', scheduledAt: new Date(60_000), count: 1 },
      ],
    });
  });

  it('tells what held a run back while the orchestrator was paused', () => {
    const scheduler = schedulerOf({ maxConcurrentWorkers: 1 }, worker('busy'), worker('report'));
    scheduler.trigger('busy');
    scheduler.trigger('report');
    scheduler.step((core, now) => core.pauseAll(now), '1s');
    scheduler.step((core, now) => core.resumeAll(now), '9s');
    scheduler.end('busy', succeeded, '12s');

    expect(scheduler.runs('report')[0]?.waits.map(({ reason }) => reason)).toEqual([
      'CAPACITY',
      'PAUSED',
      'CAPACITY',
    ]);
  });

  it('says of an idle worker what would hold it back', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.step((core, now) => core.disable('report', 'by hand', now), '3s');
    scheduler.tick('9s');

    expect(scheduler.explain('report')).toMatchObject({
      summary: '"report" is disabled; held back: DISABLED (by hand).',
      since: new Date(3_000),
    });
  });

  it('names no reason where a trigger would be the probe', () => {
    const scheduler = schedulerWith(
      worker('fetch', { maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '1m' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, '1s');
    scheduler.tick('2m');

    expect(scheduler.explain('fetch')).toMatchObject({ state: 'probing', reasons: [] });
  });

  it('says when a due instant comes that jitter delays', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1h', jitter: '20s' }));
    scheduler.tick('1s');

    expect(scheduler.view('fetch').nextDueAt).toEqual(new Date(10_000));
    expect(scheduler.explain('fetch').earliestStartAt).toEqual(new Date(10_000));
  });
});

describe('A worker’s state', () => {
  it('is one of seven, derived', () => {
    const scheduler = schedulerWith(
      worker('w', { maxRetries: 1, backoff: '1s' }),
      worker('x', { blocks: 'w' }),
    );
    const seen = [scheduler.view('w').state];
    const then = (act: () => unknown): void => {
      act();
      seen.push(scheduler.view('w').state);
    };
    then(() => scheduler.trigger('w'));
    then(() => scheduler.end('w', failed, 1));
    then(() => {
      scheduler.trigger('x');
      scheduler.tick('2s');
    });
    then(() => scheduler.step((core, now) => core.pause('w', now)));
    then(() => scheduler.step((core, now) => core.disable('w', 'test', now)));

    expect(seen).toEqual(['idle', 'running', 'backing-off', 'waiting', 'paused', 'disabled']);
  });
});

describe('The status', () => {
  it('shows each worker and the whole', () => {
    const scheduler = schedulerOf(
      { groups: { db: 2 } },
      worker('fetch', { interval: '1m', groups: ['db'], tags: ['io'], description: 'Fetches.' }),
      worker('report'),
    );
    scheduler.end('fetch', succeeded, '1s');
    scheduler.trigger('report');
    scheduler.trigger('report');
    scheduler.trigger('report', { delayMs: 5_000 });

    expect(scheduler.status()).toMatchObject({
      ...{ at: new Date(1_000), state: 'running', paused: false, workers: 2 },
      ...{ running: 1, waiting: 2, abandoned: 0, maxConcurrentWorkers: 5 },
      groups: [{ name: 'db', running: 0, limit: 2 }],
      workerStates: [
        {
          ...{ name: 'fetch', description: 'Fetches.', state: 'idle', enabled: true, tags: ['io'] },
          ...{ lastSuccess: new Date(1_000), nextDueAt: new Date(60_000), failures: 0 },
          lastRun: { status: 'succeeded', startedAt: new Date(0), endedAt: new Date(1_000) },
          counts: { started: 1, succeeded: 1, failed: 0 },
        },
        {
          ...{ name: 'report', state: 'running', running: 1, waiting: 2 },
          waitingFor: { reason: 'ALREADY_RUNNING', since: new Date(1_000) },
          waitingMs: 0,
        },
      ],
    });
  });

  it('says that the engine cannot be reached, and that all is stopped', () => {
    const scheduler = new TestScheduler();
    expect(scheduler.status().state).toBe('stopped');
    scheduler.start();
    scheduler.step((core, now) => core.engineLost('the store is gone', now));

    expect(scheduler.status()).toMatchObject({ engineProblem: 'the store is gone' });
  });

  it('names no next due instant of a schedule that stands still', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m' }));
    scheduler.step((core, now) => core.pause('fetch', now));

    expect(scheduler.view('fetch').nextDueAt).toBeUndefined();
  });

  it('shows progress', () => {
    const scheduler = schedulerWith(worker('report'));
    const { runId } = scheduler.trigger('report');
    expect(scheduler.step((core, now) => core.progressed(runId, 0.5, 'half', now))).toReport(
      'run.progress',
      { fraction: 0.5, message: 'half' },
    );

    expect(scheduler.core.viewRun(runId)).toMatchObject({
      progress: { fraction: 0.5, message: 'half' },
    });
  });
});

describe('A worker is overdue', () => {
  const held = () =>
    schedulerWith(
      worker('clean', { blocks: 'fetch' }),
      worker('fetch', { interval: '1h', initialDelay: '1m', overdueAfter: '5m' }),
    );

  /** A run that waits for an earlier one of its worker, and later for another worker. */
  const behindItsOwn = () => {
    const scheduler = schedulerOf(
      { agingStepMs: 24 * 3_600_000 },
      worker('clean', { blocks: 'fetch' }),
      worker('fetch', { overdueAfter: '5m', timeout: false }),
    );
    scheduler.trigger('fetch');
    scheduler.trigger('fetch', {}, 1);
    return scheduler;
  };

  it('when its run has waited that long without an excuse, which is reported once', () => {
    const scheduler = held();
    scheduler.trigger('clean');
    expect(scheduler.tick('359s')).not.toReport('worker.overdue');
    expect(scheduler.view('fetch').isOverdue).toBe(false);

    expect(scheduler.tick('360s')).toReport('worker.overdue', {
      ...{ worker: 'fetch', reason: 'BLOCKED', dueAt: new Date(60_000) },
    });
    expect(scheduler.view('fetch').isOverdue).toBe(true);
    expect(scheduler.tick('50m')).not.toReport('worker.overdue');
    scheduler.end('clean', succeeded, '51m');
    expect(scheduler.view('fetch').isOverdue).toBe(false);
  });

  it.each<[string, (scheduler: TestScheduler) => void, (scheduler: TestScheduler) => void]>([
    [
      'its worker was paused',
      (scheduler) => scheduler.step((core, now) => core.pause('fetch', now)),
      (scheduler) => scheduler.step((core, now) => core.resume('fetch', now)),
    ],
    [
      'everything was paused',
      (scheduler) => scheduler.step((core, now) => core.pauseAll(now)),
      (scheduler) => scheduler.step((core, now) => core.resumeAll(now)),
    ],
  ])('not by the time in which %s', (_, pause, resume) => {
    const scheduler = held();
    scheduler.trigger('clean');
    scheduler.tick('2m');
    pause(scheduler);
    scheduler.tick('69m');
    resume(scheduler);
    expect(scheduler.view('fetch').isOverdue).toBe(false);

    expect(scheduler.tick('73m')).not.toReport('worker.overdue');
    expect(scheduler.view('fetch').isOverdue).toBe(false);
    expect(scheduler.tick('74m')).toReport('worker.overdue');
    expect(scheduler.view('fetch').isOverdue).toBe(true);
  });

  it('again after an excuse, which is reported again', () => {
    const scheduler = held();
    scheduler.trigger('clean');
    expect(scheduler.tick('6m')).toReport('worker.overdue');
    scheduler.step((core, now) => core.pause('fetch', now), '10m');
    scheduler.step((core, now) => core.resume('fetch', now), '2h');

    expect(scheduler.tick('124m')).not.toReport('worker.overdue');
    expect(scheduler.tick('125m')).toReport('worker.overdue');
  });

  it('not by the time in which its own run was at work', () => {
    const scheduler = behindItsOwn();
    scheduler.trigger('clean', { priority: JobPriority.CRITICAL }, '59m');
    expect(scheduler.end('fetch', succeeded, '1h')).toStart('clean');

    expect(scheduler.view('fetch').isOverdue).toBe(false);
    expect(scheduler.tick('65m')).toReport('worker.overdue');
  });

  it('once, though another run of it that still waits is cancelled', () => {
    const scheduler = behindItsOwn();
    const { runId } = scheduler.trigger('fetch', {}, 2);
    scheduler.trigger('clean', { priority: JobPriority.CRITICAL }, '59m');
    scheduler.end('fetch', succeeded, '1h');
    expect(scheduler.tick('65m')).toReport('worker.overdue');

    scheduler.step((core, now) => core.cancel(runId, 'enough', now), '66m');
    expect(scheduler.tick('3h')).not.toReport('worker.overdue');
  });

  it('when nobody takes notice of its due instant', () => {
    const scheduler = schedulerWith(
      worker('fetch', { interval: '1h', runOnStart: false, overdueAfter: '5m' }),
    );

    expect(scheduler.core.viewWorker('fetch', 3_600_000 + 299_999).isOverdue).toBe(false);
    expect(scheduler.core.viewWorker('fetch', 3_600_000 + 300_000).isOverdue).toBe(true);
  });

  it.each([
    [
      'paused',
      (scheduler: TestScheduler) => scheduler.step((core, now) => core.pause('fetch', now)),
    ],
    [
      'disabled',
      (scheduler: TestScheduler) => scheduler.step((core, now) => core.disable('fetch', '', now)),
    ],
  ])('not while it is %s', (_, off) => {
    const scheduler = held();
    scheduler.trigger('clean');
    scheduler.tick('2m');
    off(scheduler);

    expect(scheduler.tick('1h')).not.toReport('worker.overdue');
    expect(scheduler.view('fetch').isOverdue).toBe(false);
  });

  it('not while its own run or a dependency keeps it waiting', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('process', { dependsOn: 'fetch', overdueAfter: '5m' }),
      worker('long', { overlap: 'queue', interval: '1m', overdueAfter: '5m' }),
    );
    scheduler.trigger('process');
    const hour = scheduler.tick('1h');

    expect(hour).not.toReport('worker.overdue');
  });

  it('not at once because its due instant passed while the process was down', () => {
    const before = schedulerOf(
      { maxConcurrentWorkers: 1 },
      worker('busy', { runOnStart: true }),
      worker('fetch', { interval: '1m' }),
    );
    before.end('busy', succeeded, 0);
    before.end('fetch', succeeded, 0);
    const after = before.replaced('10h');
    after.trigger('busy');
    while (after.running[0]?.worker !== 'fetch') after.end('busy', succeeded, '601m');

    expect(after.tick('602m')).not.toReport('worker.overdue');
  });

  it('not at once because its run has backed off for long', () => {
    const scheduler = schedulerWith(
      worker('clean', { blocks: 'fetch' }),
      worker('fetch', { backoff: '20m', overdueAfter: '5m' }),
    );
    scheduler.trigger('fetch');
    scheduler.end('fetch', failed, 1);
    scheduler.trigger('clean');

    expect(scheduler.tick('24m')).not.toReport('worker.overdue');
    expect(scheduler.tick('26m')).toReport('worker.overdue');
  });

  it('also for the tail of another worker’s abandoned attempt', () => {
    const scheduler = schedulerWith(
      worker('stuck', { blocks: 'fetch', maxRetries: 0 }),
      worker('fetch', { overdueAfter: '5m' }),
    );
    scheduler.trigger('stuck');
    scheduler.trigger('fetch');
    scheduler.end('stuck', timedOut, 1);
    scheduler.abandon('stuck', 2);

    expect(scheduler.tick('5m')).toReport('worker.overdue', { reason: 'BLOCKED' });
  });
});

describe('The error of a run', () => {
  it('is shown without its stack, which the event keeps', () => {
    const failure = { name: 'Error', message: 'no', stack: 'Error: no\n    at /srv/app/file.js' };
    const scheduler = schedulerWith(worker('flaky', { interval: '1h', maxRetries: 1 }));

    const retrying = scheduler.end('flaky', { status: 'failed', failure, retry: 'by-policy' }, 5);
    scheduler.tick('5s');
    const ended = scheduler.end('flaky', { status: 'failed', failure, retry: 'by-policy' });

    expect(retrying).toReport('run.retrying', { failure });
    expect(ended).toReport('run.failed', { failure });
    const shown = JSON.stringify([
      scheduler.status(),
      scheduler.runs(),
      scheduler.core.explain('flaky', scheduler.now),
    ]);
    expect(shown).toContain('"message":"no"');
    expect(shown).not.toContain('/srv/app');
  });

  it('is gone once the run has succeeded', () => {
    const scheduler = schedulerWith(worker('fetch', { interval: '1m', backoff: '1s' }));
    scheduler.end('fetch', failed, '1s');
    scheduler.tick('2s');
    scheduler.end('fetch', succeeded, '3s');

    expect(scheduler.view('fetch').lastRun).not.toHaveProperty('error');
  });
});
