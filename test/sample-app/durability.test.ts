import type { RunView, WorkerView } from 'nestjs-orchestrator';
import { expect, it, vi } from 'vitest';
import { bodyOf, start, type Sample } from './sample.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const OVERRIDES = JSON.stringify({
  'probe-dead-url': { interval: '100ms', maxRetries: 0, autoEnableAfter: '1h' },
  compact: { cron: '* * * * * *' },
});

function startIn(dataDir: string): Promise<Sample> {
  return start({
    DATA_DIR: dataDir,
    DEAD_URL: 'http://127.0.0.1:9/',
    WORKER_OVERRIDES: OVERRIDES,
  });
}

it.concurrent.each(['SIGTERM', 'SIGKILL'] as const)('remembers after %s', async (signal) => {
  const dataDir = temporaryFolder();
  const before = await startIn(dataDir);
  const report = await writtenReport(before);
  const off = await disabledProber(before);
  const lastCompact = (await pastRuns(before, 'compact'))[0]!;
  const lastSample = (await pastRuns(before, 'collect-samples'))[0]!;
  await before.end(signal);
  await theClockShows(Date.parse(String(lastCompact.scheduledAt)) + 2_500);

  const restartedAt = Date.now();
  const after = await startIn(dataDir);

  // The dead endpoint's prober is off, and stays so.
  expect(await after.worker('probe-dead-url')).toMatchObject({
    state: 'disabled',
    disabledAt: off.disabledAt,
    disabledReason: off.disabledReason,
    counts: { started: 0 },
  });
  expect(after.output).toContain('Worker "probe-dead-url" is still disabled');

  // What was written is there.
  expect((await after.fetch(report)).status).toBe(200);

  // Interval and cron go on where they were: one run for all that was missed, and none twice.
  const [madeUpSample, ...furtherSamples] = (
    await pastRuns(after, 'collect-samples', 2)
  ).toReversed();
  expect((at(madeUpSample!) - at(lastSample) + 10) % 1_000).toBeLessThanOrEqual(20);
  expect(at(madeUpSample!)).toBeGreaterThan(at(lastSample) + 500);
  expect(madeUpSample!.missedCount).toBeGreaterThanOrEqual(1);
  expect(furtherSamples.filter((run) => at(run) < restartedAt)).toEqual([]);

  const [madeUpCompact, ...furtherCompacts] = (await pastRuns(after, 'compact', 2)).toReversed();
  expect(at(madeUpCompact!)).toBeGreaterThan(at(lastCompact));
  expect(at(madeUpCompact!)).toBeLessThan(restartedAt);
  expect(madeUpCompact!.missedCount).toBeGreaterThanOrEqual(1);
  expect(furtherCompacts.filter((run) => at(run) < restartedAt)).toEqual([]);
});

async function writtenReport(sample: Sample): Promise<string> {
  const { report } = await bodyOf(await sample.trigger('write-report'));
  await vi.waitFor(async () => expect((await sample.fetch(report)).status).toBe(200), 15_000);
  return report;
}

async function disabledProber(sample: Sample): Promise<WorkerView> {
  return vi.waitFor(async () => {
    const prober = await sample.worker('probe-dead-url');
    expect(prober.state).toBe('disabled');
    return prober;
  }, 15_000);
}

/** Newest first. */
async function pastRuns(sample: Sample, worker: string, atLeast = 1): Promise<readonly RunView[]> {
  return vi.waitFor(async () => {
    const { past } = await sample.explain(worker);
    expect(past.length).toBeGreaterThanOrEqual(atLeast);
    return past;
  }, 15_000);
}

async function theClockShows(instant: number): Promise<void> {
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(instant), 15_000);
}

function at(run: RunView): number {
  return Date.parse(String(run.scheduledAt));
}
