import { beforeAll, expect, it, vi } from 'vitest';
import { bodyOf, start, type Sample } from './sample.js';

const OVERRIDES = JSON.stringify({
  prune: { enabled: false },
  'write-report': { maxPending: 1 },
});

let sample: Sample;
beforeAll(async () => {
  sample = await start({ WORKER_OVERRIDES: OVERRIDES });
});

it('accepts a run, and says where to look', async () => {
  const response = await sample.trigger('compact', { body: { priority: 'HIGH' } });

  expect(response.status).toBe(202);
  const accepted = await bodyOf(response);
  expect(accepted).toEqual({
    runId: expect.any(String),
    worker: 'compact',
    explain: '/workers/compact/explain',
  });
  await vi.waitFor(async () => {
    const { past } = await sample.explain('compact');
    expect(past[0]).toMatchObject({ id: accepted.runId, status: 'succeeded', origin: 'trigger' });
  }, 15_000);
});

it('needs no body', async () => {
  expect((await sample.trigger('roll-up')).status).toBe(202);
});

it.each([
  ['no key', ''],
  ['a wrong key', 'guess'],
])('refuses %s', async (_, key) => {
  expect((await sample.trigger('roll-up', { key })).status).toBe(401);
});

it('is off where no key is configured', async () => {
  const keyless = await start({ TRIGGER_KEY: '' });

  const response = await keyless.trigger('roll-up');

  expect(response.status).toBe(403);
  expect((await bodyOf(response)).message).toContain('TRIGGER_KEY');
});

it('does not know every worker', async () => {
  const response = await sample.trigger('rol-up');

  expect(response.status).toBe(404);
  expect(await bodyOf(response)).toEqual({
    statusCode: 404,
    error: 'UNKNOWN_WORKER',
    message: 'There is no worker "rol-up". Did you mean "roll-up"?',
  });
});

it.each([
  ['no JSON', '{'],
  ['no object', [1]],
  ['an unknown field', { delay: 5 }],
  ['an unknown priority', { priority: 'URGENT' }],
  ['an empty dedupeKey', { dedupeKey: '' }],
  ['too large a body', { payload: 'x'.repeat(200_000) }],
])('refuses %s', async (_, body) => {
  const response = await sample.trigger('roll-up', { body });

  expect([400, 413]).toContain(response.status);
});

it('answers 409 for a worker that is off', async () => {
  const response = await sample.trigger('prune');

  expect(response.status).toBe(409);
  expect((await bodyOf(response)).error).toBe('WORKER_DISABLED');
});

it('answers 429 when enough runs wait, and joins those of one key', async () => {
  await sample.trigger('compact', { body: { payload: { quietSeconds: 600 } } });
  await vi.waitFor(async () => expect((await sample.worker('compact')).running).toBe(1), 15_000);
  const report = { body: { dedupeKey: 'today' } };

  const first = await bodyOf(await sample.trigger('write-report', report));
  const again = await bodyOf(await sample.trigger('write-report', report));
  const another = await sample.trigger('write-report');

  expect(again.runId).toBe(first.runId);
  expect(another.status).toBe(429);
});

it('explains why a worker does not run', async () => {
  expect(await sample.explain('write-report')).toMatchObject({
    worker: 'write-report',
    state: 'waiting',
    binding: { reason: 'BLOCKED', heldBy: 'compact' },
  });
  expect((await sample.fetch('/workers/nobody/explain')).status).toBe(404);
});
