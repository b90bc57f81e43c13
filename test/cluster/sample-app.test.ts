import { expect, inject, it, vi } from 'vitest';
import { launch, start } from '../sample-app/sample.js';

/** A database that no other test uses. */
const DATABASE = 7;

it('The sample application runs as a fleet: what one replica accepts, the other knows, and goes on alone', async () => {
  const ENGINE = `${inject('redisUrl')}/${DATABASE}`;
  const [one, other] = [await start({ ENGINE }), await start({ ENGINE })];

  const { runId } = (await (await one.trigger('write-report', { body: {} })).json()) as {
    runId: string;
  };
  await vi.waitFor(async () => {
    const { lastRun } = await other.worker('write-report');
    expect(lastRun).toMatchObject({ id: runId, status: 'succeeded' });
  }, 20_000);

  await one.end('SIGKILL');
  const { counts } = await vi.waitFor(() => other.worker('collect-samples'), 30_000);
  await vi.waitFor(async () => {
    const later = await other.worker('collect-samples');
    expect(later.counts.succeeded).toBeGreaterThan(counts.succeeded + 2);
  }, 30_000);
  expect(await other.health()).toBe(200);
}, 120_000);

it('The sample application refuses an engine that is none, without repeating its password', async () => {
  const sample = await launch({ ENGINE: 'mysql://me:s3cret@localhost' });
  expect(await sample.end()).toBe(1);
  expect(sample.output).toContain('ENGINE must be a URL such as redis://localhost:6379.');
  expect(sample.output).not.toContain('s3cret');
});
