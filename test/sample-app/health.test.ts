import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { start, type Sample } from './sample.js';

describe('a worker that is held up', () => {
  it('turns /health to 503 past its bound, and back when it may run again', async () => {
    const overrides = { 'collect-samples': { overdueAfter: '500ms' } };
    const sample = await start({ WORKER_OVERRIDES: JSON.stringify(overrides) });
    expect(await sample.health()).toBe(200);

    await sample.trigger('compact', { body: { payload: { quietSeconds: 2 } } });
    await vi.waitFor(async () => expect(await sample.health()).toBe(503), 15_000);
    expect(await (await sample.fetch('/health')).text()).toContain('collect-samples');
    expect((await sample.fetch('/health/live')).status).toBe(200);
    expect(await sample.explain('collect-samples')).toMatchObject({
      binding: { reason: 'BLOCKED', heldBy: 'compact' },
    });

    await vi.waitFor(async () => expect(await sample.health()).toBe(200), 15_000);
  });
});

describe('a dead endpoint', () => {
  const probing = { interval: '100ms', maxRetries: 0, autoEnableAfter: '500ms' };
  let endpoint: Server;
  let isDead = true;
  let sample: Sample;

  beforeAll(async () => {
    endpoint = createServer((_request, response) => response.writeHead(isDead ? 503 : 200).end());
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { port } = endpoint.address() as AddressInfo;
    sample = await start({
      DEAD_URL: `http://127.0.0.1:${port}/`,
      WORKER_OVERRIDES: JSON.stringify({ 'probe-dead-url': probing }),
    });
  });
  afterAll(() => endpoint.close());

  it('switches off its own prober and no other', async () => {
    await vi.waitFor(async () => {
      expect(await sample.worker('probe-dead-url')).toMatchObject({
        state: 'disabled',
        failures: 3,
        disabledBy: 'failures',
      });
    }, 15_000);

    expect(await sample.worker('probe-endpoints')).toMatchObject({ enabled: true, failures: 0 });
    expect(await sample.health()).toBe(200);
  });

  it('is probed again after a while, and its prober runs on once it answers', async () => {
    isDead = false;

    await vi.waitFor(async () => {
      const prober = await sample.worker('probe-dead-url');
      expect(prober).toMatchObject({
        enabled: true,
        failures: 0,
        lastRun: { status: 'succeeded' },
      });
    }, 15_000);
  });
});
