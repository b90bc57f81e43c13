import { describe, expect, it } from 'vitest';
import { failed, schedulerWith, succeeded, worker } from '../support/core/scheduler-with.js';

describe('A worker whose options switch it off', () => {
  it('is not tried again after its old cool-down', () => {
    const before = schedulerWith(
      worker('w', {
        interval: '1s',
        maxRetries: 0,
        maxConsecutiveFailures: 1,
        autoEnableAfter: '1m',
      }),
    );
    before.end('w', failed);
    const after = before.replaced(
      '10s',
      worker('w', { interval: '1s', autoEnableAfter: '1m', enabled: false }),
    );
    after.tick('10m');
    expect(after.startsOf('w')).toEqual([]);
  });
});

describe('A worker that was resumed while it was off', () => {
  it('with misfire "skip" runs at its first due instant after it is enabled, though a timer lags', () => {
    const scheduler = schedulerWith(worker('w', { interval: '10s', misfire: 'skip' }));
    scheduler.end('w', succeeded);
    scheduler.step((core, now) => core.pause('w', now), '1s');
    scheduler.step((core, now) => core.disable('w', 'off', now), '2s');
    scheduler.step((core, now) => core.resume('w', now), '15s');
    scheduler.step((core, now) => core.enable('w', now), '16s');
    expect(scheduler.stall(20_001)).toStart('w');
  });

  it('with misfire "skip", also where it was off over a restart', () => {
    const before = schedulerWith(worker('w', { interval: '10s', misfire: 'skip' }));
    before.end('w', succeeded);
    before.step((core, now) => core.disable('w', 'off', now), '2s');
    const after = before.replaced('15s');
    after.step((core, now) => core.enable('w', now), '16s');
    expect(after.stall(20_001)).toStart('w');
  });
});
