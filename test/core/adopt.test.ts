import { describe, expect, it } from 'vitest';
import type { TriggerRequest } from '../../lib/core/life-cycle/trigger-run.js';
import type { RunImage } from '../../lib/core/run-image.js';
import type { AttemptImage } from '../../lib/core/state/image.js';
import { schedulerWith, worker, type TestScheduler } from '../support/core/scheduler-with.js';

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
