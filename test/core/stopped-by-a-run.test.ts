import { describe, expect, it } from 'vitest';
import { failed, schedulerWith, worker } from '../support/core/scheduler-with.js';

describe('A run that goes on after the stop, because it called it', () => {
  it('ends when it fails, and leaves nothing that wakes the process', () => {
    const scheduler = schedulerWith(worker('w'));
    scheduler.trigger('w');
    scheduler.step((core, now) => {
      core.drain(now);
      core.stopped(now);
    });
    scheduler.end('w', failed, '1s');
    expect(scheduler.runs('w')[0]).toMatchObject({ status: 'cancelled' });
    expect(scheduler.nextWakeAt).toBeUndefined();
  });
});
