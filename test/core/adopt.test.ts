import { describe, expect, it } from 'vitest';
import type { TriggerRequest } from '../../lib/core/life-cycle/trigger-run.js';
import type { RunImage } from '../../lib/core/run-image.js';
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
