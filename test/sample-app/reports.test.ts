import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { bodyOf, start, type Sample } from './sample.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const dataDir = temporaryFolder();
let sample: Sample;
beforeAll(async () => {
  sample = await start({ DATA_DIR: dataDir });
  await sample.prints(/detect-anomalies succeeded/);
});

interface WrittenReport {
  readonly from: string;
  readonly to: string;
  readonly machine: { readonly memory: { readonly mean: number; readonly peak: number } };
  readonly endpoints: readonly unknown[];
}

it('writes a report of what was measured', async () => {
  const { runId, report } = await triggerReport({ minutes: 5 });

  await vi.waitFor(async () => expect((await sample.fetch(report)).status).toBe(200), 15_000);

  const written = await sample.json<WrittenReport>(report);
  expect(written).toMatchObject({ id: runId, incidents: expect.any(Array) });
  expect(Date.parse(written.to) - Date.parse(written.from)).toBe(5 * 60_000);
  expect(written.machine.memory.mean).toBeGreaterThan(0);
  expect(written.machine.memory.peak).toBeLessThan(1);
  expect(written.endpoints).toEqual([
    expect.objectContaining({ url: expect.stringMatching(/\/health\/live$/), availability: 1 }),
  ]);
  expect(readFileSync(join(dataDir, 'reports', `${runId}.json`), 'utf8')).toContain(runId);
});

it('says what is wrong with a request, without trying it again', async () => {
  const { report } = await triggerReport({ minutes: 'all' });

  await vi.waitFor(async () => {
    const response = await sample.fetch(report);
    expect(response.status).toBe(404);
    expect((await bodyOf(response)).message).toMatch(/is failed: The payload must be/);
  }, 15_000);
  expect((await sample.explain('write-report')).past[0]).toMatchObject({ attempts: 1 });
});

it.each([
  'unknown',
  '..%2Fmeasurements%2Fdata.mdb',
  '%2e%2e%2freports',
  '..%5C..%5Cpackage.json',
  '%2Fetc%2Fpasswd',
  'a%00b',
  'x'.repeat(5_000),
])('has no report %s', async (id) => {
  const response = await sample.fetch(`/reports/${id}`);

  expect(response.status).toBe(404);
  expect((await bodyOf(response)).message).toContain('There is no report');
});

async function triggerReport(payload: object): Promise<{ runId: string; report: string }> {
  return bodyOf(await sample.trigger('write-report', { body: { payload } }));
}
