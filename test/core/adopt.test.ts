import { describe, expect, it } from 'vitest';
import type { WorkerDefinition } from '../../lib/core/definition/worker-definition.js';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import type { TriggerRequest } from '../../lib/core/life-cycle/trigger-run.js';
import type { RunImage } from '../../lib/core/run-image.js';
import type { AttemptImage } from '../../lib/core/state/image.js';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  TestScheduler,
  worker,
} from '../support/core/scheduler-with.js';

/** Of a run that another process has accepted. */
function imageOf(request: TriggerRequest): RunImage {
  const other = schedulerWith(worker('report'));
  other.step((core, now) => core.pauseAll(now));
  const { runId } = other.trigger('report', request);
  return other.core.imageOf(runId);
}

const adopt = (scheduler: TestScheduler, image: RunImage, at?: number) =>
  scheduler.step((core, now) => core.adopt(image, 'waiting', now), at);

describe('A triggered run that is taken over', () => {
  it('before its delay is over waits until then, and is due then', () => {
    const scheduler = schedulerWith(worker('report'));
    const image = imageOf({ delayMs: 1_000 });

    const step = adopt(scheduler, image, 400);
    expect(step).not.toReport('run.due');
    expect(scheduler.tick(999)).not.toStart('report');

    const due = scheduler.tick(1_000);
    expect(due).toReport('run.due', { runId: image.id });
    expect(due).toStart('report');
  });

  it('afterwards starts at once, and is not due again', () => {
    const scheduler = schedulerWith(worker('report'));

    const step = adopt(scheduler, imageOf({}), 400);
    expect(step).not.toReport('run.due');
    expect(step).toStart('report');
    expect(step).toReport('run.started', { latenessMs: 400 });
  });

  it('waits on where its worker was paused or disabled meanwhile', () => {
    const scheduler = schedulerWith(worker('report'));
    scheduler.step((core, now) => core.pause('report', now));

    expect(adopt(scheduler, imageOf({}))).toReport('run.waiting', { reason: 'PAUSED' });
    expect(scheduler.step((core, now) => core.resume('report', now))).toStart('report');
  });
});

it('A scheduled run that is taken over is as late as it was, by the jitter of the last instant that it stands for', () => {
  const workers = () => [
    worker('long', { timeout: false }),
    worker('fetch', { interval: '1m', jitter: '50s', misfireGrace: '10s', blocks: 'long' }),
  ];
  const before = schedulerOf({ random: () => 0.9 }, ...workers());
  before.trigger('long');
  before.tick('1m');
  before.tick(105_000);
  const image = before.core.imageOf(before.runs('fetch')[0]!.id);
  const after = schedulerOf({ random: () => 0.9 }, ...workers());
  after.step((core, now) => core.pause('fetch', now), 1);
  after.step((core, now) => core.adopt(image, 'waiting', now), 106_000);

  expect(image).toMatchObject({ dueAt: 45_000, lastDueAt: 105_000 });
  expect(after.core.imageOf(image.id)).toEqual(image);
});

describe('An attempt that was aborted, and is taken over while its body goes on,', () => {
  const lingering = { runId: 'old', number: 1, phase: 'lingering', holdsPlace: true } as const;
  const image = (name: string): RunImage => ({ ...imageOf({}), id: 'old', worker: name });
  const taken = (attempt: AttemptImage, name = 'report') => {
    const scheduler = schedulerWith(worker('report', { blocks: 'other' }), worker('other'));
    scheduler.step((core, now) => core.adoptLingering(image(name), attempt, now));
    return scheduler;
  };

  it('holds its place, and its conflicts back, until it settles', () => {
    const scheduler = taken(lingering);
    expect(scheduler.trigger('report')).toReport('run.waiting', { reason: 'ALREADY_RUNNING' });
    expect(scheduler.trigger('other')).toReport('run.waiting', { reason: 'BLOCKED' });

    const settled = scheduler.step((core, now) => core.attemptSettled('old', 1, now));
    expect(settled).toStart('report');
  });

  it('ends no run, and counts as no failure', () => {
    const scheduler = taken(lingering);
    const lost = { status: 'lost' } as const;
    const step = scheduler.step((core, now) => core.attemptEnded('old', 1, lost, true, now));

    expect(step).not.toReport('run.lost');
    expect(scheduler.core.viewWorker('report', 0)).toMatchObject({
      ...{ running: 0, failures: 0 },
      counts: { lost: 0 },
    });
  });

  it('is abandoned where it ignores its signal too long, and named until it settles', () => {
    const scheduler = taken(lingering, 'other');
    const step = scheduler.step((core, now) => core.attemptAbandoned('old', 1, now));
    expect(step).toReport('run.abandoned', { runId: 'old' });
    expect(scheduler.core.viewWorker('other', 0)).toMatchObject({ abandoned: 1 });

    scheduler.step((core, now) => core.attemptSettled('old', 1, now));
    expect(scheduler.core.viewWorker('other', 0)).toMatchObject({ abandoned: 0, running: 0 });
  });

  it('that was abandoned before, and freed, holds nothing', () => {
    const scheduler = taken({ ...lingering, phase: 'abandoned', holdsPlace: false });

    expect(scheduler.core.viewWorker('report', 0)).toMatchObject({ abandoned: 1, running: 0 });
    expect(scheduler.trigger('report')).toStart('report');
  });
});

/** A process that takes over what another has left of its one worker, at that time, with its running run. */
function takenOver(former: TestScheduler, definition: WorkerDefinition, at: number) {
  const { name } = definition;
  const [running] = former.running;
  const next = new TestScheduler();
  next.now += at;
  next.core.continue();
  next.core.define([definition], next.now, new Map([[name, former.core.memoryOf(name)]]));
  if (running !== undefined) {
    next.core.adopt(former.core.imageOf(running.runId), 'running', next.now);
  }
  next.start();
  return { next, runId: running?.runId ?? '' };
}

describe('A worker whose run goes on while another process takes over', () => {
  it.each([
    ['a fixed delay', { interval: '1s', cadence: 'fixed-delay', overlap: 'replace' }, 5_500],
    ['continuous', { executionMode: WorkerExecutionMode.CONTINUOUS }, 4_500],
  ] as const)('is due again by its end alone, where it is %s', (_, options, dueAt) => {
    const definition = worker('poll', options);
    const former = schedulerWith(definition);
    expect(former.running).toHaveLength(1);

    const { next, runId } = takenOver(former, definition, 3_000);
    expect(next.tick('4s')).toStartNothing();
    expect(next.view('poll')).toMatchObject({ running: 1, waiting: 0, counts: { skipped: 0 } });

    next.step((core, now) => core.attemptEnded(runId, 1, succeeded, true, now), 4_500);
    next.tick(5_499);
    expect(next.starts.length).toBe(dueAt === 4_500 ? 1 : 0);
    next.tick(5_500);
    expect(next.starts.length).toBe(1);
  });

  it('that was tried again after its failures is so still', () => {
    const options = {
      interval: '1h',
      maxRetries: 0,
      maxConsecutiveFailures: 1,
      autoEnableAfter: '1m',
    } as const;
    for (const [outcome, enabled] of [
      [succeeded, true],
      [failed, false],
    ] as const) {
      const definition = worker('w', options);
      const former = schedulerWith(definition);
      former.end('w', failed, 1_000);
      former.tick(61_000);
      expect(former.view('w')).toMatchObject({ state: 'probing' });

      const { next, runId } = takenOver(former, definition, 62_000);
      expect(next.tick(62_500)).toStartNothing();
      expect(next.view('w')).toMatchObject({ state: 'probing' });
      next.step((core, now) => core.attemptEnded(runId, 1, outcome, true, now), 63_000);

      expect(next.view('w')).toMatchObject({ enabled });
      // Twice as long as the first time.
      if (!enabled) expect(next.tick(63_000 + 119_000)).toStartNothing();
    }
  });
});

describe('What a worker does on the start of the application', () => {
  it.each([
    ['a cron', { cron: '0 3 * * *', timeZone: 'UTC', runOnStart: true }],
    ['triggered', { runOnStart: true }],
  ] as const)('is not done again where another process takes over: %s', (_, options) => {
    const definition = worker('w', options);
    const former = schedulerWith(definition);
    former.end('w', succeeded, 1_000);

    const { next } = takenOver(former, definition, 5_000);
    expect(next.tick(6_000)).toStartNothing();
  });

  it('is done by who takes over where nobody had begun it', () => {
    const definition = worker('w', { runOnStart: true });
    const former = new TestScheduler();
    former.define(definition);

    const { next } = takenOver(former, definition, 5_000);
    next.tick(6_000);
    expect(next.starts).toHaveLength(1);
  });
});
