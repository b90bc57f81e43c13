import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../../lib/engine/bullmq/open-store.js';
import { proxyTo } from '../support/servers/own-servers.js';

describe.each(['redis', 'postgres'] as const)('On %s', (kind) => {
  it('what is opened while the store cannot be reached works once it can', async () => {
    const url = inject(`${kind}Url`);
    const proxy = await proxyTo({ port: Number(new URL(url).port) });
    const failures = vi.fn();
    const store = await openStore(
      {
        ...{ connection: proxy.urlFor(url), prefix: `late_parts_${process.pid}`, migrate: true },
        ...{ leaseMs: 1_500, patienceMs: 2_000 },
      },
      failures,
      () => Date.now(),
      () => undefined,
    );
    onTestFinished(() => store.close());
    proxy.drop();
    const execute = vi.fn(async () => undefined);
    store.worker('runs', execute, { concurrency: 1, lockDuration: 1_500 });
    const hear = vi.fn();
    store.events('runs').on('completed', hear);
    await vi.waitFor(() => {
      expect(failures.mock.calls.length).toBeGreaterThan(5);
    }, WAIT);

    proxy.heal();

    await vi.waitFor(async () => {
      await store.queue('runs').add('attempt', {});
      expect(execute).toHaveBeenCalled();
      expect(hear).toHaveBeenCalled();
    }, WAIT);
  });
});

const WAIT = { timeout: 20_000, interval: 100 };
