import { describe, expect, it } from 'vitest';
import { WorkerExecutionMode } from '../../lib/core/definition/execution-mode.js';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import { JobPriority } from '../../lib/core/priority.js';
import { worker } from '../support/core/scheduler-with.js';

describe('A worker that says nothing', () => {
  it('has the defaults of the contract', () => {
    expect(worker('fetch')).toMatchObject({
      overlap: 'skip',
      misfire: 'once',
      misfireGraceMs: undefined,
      priority: JobPriority.NORMAL,
      concurrency: 1,
      timeoutMs: 60_000,
      abortGraceMs: 5_000,
      holdOnTimeout: undefined,
      maxRetries: 3,
      backoff: { type: 'exponential' },
      maxConsecutiveFailures: 5,
      autoEnableAfterMs: undefined,
      enabled: true,
    });
  });

  it('depends on success', () => {
    expect(worker('process', { dependsOn: ['fetch'] }).dependsOn).toEqual([
      { worker: 'fetch', condition: 'succeeded' },
    ]);
  });

  it.each<[string, WorkerOptions]>([
    ['triggered', {}],
    ['fixed-rate', { interval: '1m' }],
    ['fixed-delay', { interval: '1m', cadence: 'fixed-delay' }],
    ['cron', { cron: '* * * * *' }],
    ['after-dependencies', { runAfterDependencies: true, dependsOn: ['fetch'] }],
    ['continuous', { executionMode: WorkerExecutionMode.CONTINUOUS }],
  ])('of its execution mode is %s where its options are %o', (kind, options) => {
    expect(worker('fetch', options).schedule.kind).toBe(kind);
  });
});

it('A priority is a number that grows with its urgency', () => {
  const { LOW, NORMAL, HIGH, CRITICAL } = JobPriority;
  expect([LOW, NORMAL, HIGH, CRITICAL]).toEqual([0, 1, 2, 3]);
});
