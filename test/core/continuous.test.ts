import { describe, expect, it } from 'vitest';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import { schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

const poll = (options: WorkerOptions) =>
  schedulerWith(worker('poll', { executionMode: WorkerExecutionMode.CONTINUOUS, ...options }));

describe('A continuous worker', () => {
  it('is not hastened to its first run by a trigger', () => {
    const scheduler = poll({ initialDelay: '1h' });
    scheduler.trigger('poll', {}, 0);

    expect(scheduler.end('poll', succeeded, 1_000)).toStartNothing();
    expect(scheduler.tick('1h')).toStart('poll');
  });

  it('is due again though a delayed trigger waits for its time', () => {
    const scheduler = poll({ maxPending: 1 });
    scheduler.trigger('poll', { delayMs: 3_600_000 });

    expect(scheduler.end('poll', succeeded, 10)).toStart('poll');
  });

  it('begins however late, for it has no due instants that could be missed', () => {
    const scheduler = poll({ initialDelay: 1_000, misfireGrace: 100 });

    expect(scheduler.stall(2_000)).toStart('poll');
  });
});
