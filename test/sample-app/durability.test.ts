import type { RunView, WorkerView } from 'nestjs-orchestrator';
import { expect, it, vi } from 'vitest';
import { bodyOf, start, type Sample } from './sample.js';
import { temporaryFolder } from './temporary-folder.js';

const OVERRIDES = JSON.stringify({
  'probe-dead-url': { interval: '100ms', maxRetries: 0, autoEnableAfter: '1h' },
  compact: { cron: '*/2 * * * * *' },
});

function startIn(dataDir: string): Promise<Sample> {
  return start({
    DATA_DIR: dataDir,
    DEAD_URL: 'http://127.0.0.1:9/',
    WORKER_OVERRIDES: OVERRIDES,
  });
}

it.each(['SIGTERM', 'SIGKILL'] as const)('remembers after %s', async (signal) => {
  const dataDir = temporaryFolder();
  const before = await startIn(dataDir);
  const report = await writtenReport(before);
  const off = await disabledProber(before);
  const lastCompact = (await pastRuns(before, 'compact'))[0]!;
  const lastSample = (await pastRuns(before, 'collect-samples'))[0]!;
  await before.end(signal);
  await theClockShows(Date.parse(String(lastCompact.scheduledAt)) + 6_000);

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

  // The interval goes on where it was: one run for all that was missed.
  const [firstSample, ...furtherSamples] = (await pastRuns(after, 'collect-samples')).toReversed();
  const sinceLastSample = at(firstSample!) - at(lastSample);
  expect(sinceLastSample % 1_000).toBeLessThanOrEqual(2);
  expect(firstSample!.missedCount).toBeGreaterThanOrEqual(2);
  expect(furtherSamples.every(({ missedCount }) => missedCount === 0)).toBe(true);

  // The cron instants of the down time are made up for by one run.
  const firstCompact = (await pastRuns(after, 'compact')).at(-1)!;
  expect(at(firstCompact)).toBeLessThan(restartedAt);
  expect(at(firstCompact)).toBeGreaterThan(at(lastCompact));
  expect(firstCompact.missedCount).toBeGreaterThanOrEqual(1);
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

async function pastRuns(sample: Sample, worker: string): Promise<readonly RunView[]> {
  return vi.waitFor(async () => {
    const { past } = await sample.explain(worker);
    expect(past).not.toHaveLength(0);
    return past;
  }, 15_000);
}

async function theClockShows(instant: number): Promise<void> {
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(instant), 15_000);
}

function at(run: RunView): number {
  return Date.parse(String(run.scheduledAt));
}
