import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../../lib/engine/bullmq/open-store.js';
import { proxyTo } from '../support/servers/own-servers.js';

type Kind = 'redis' | 'postgres';

/** A store behind a proxy, and what has failed on it. */
async function openBehindProxy(kind: Kind) {
  const url = inject(`${kind}Url`);
  const proxy = await proxyTo({ port: Number(new URL(url).port) });
  const failures: Error[] = [];
  const store = await openStore(
    {
      ...{ connection: proxy.urlFor(url), prefix: `parts_${process.pid}`, migrate: true },
      ...{ leaseMs: 1_500, patienceMs: 2_000 },
    },
    (failure) => void failures.push(failure),
    () => Date.now(),
    () => undefined,
  );
  onTestFinished(() => store.close());
  return { store, proxy, failures };
}

describe.each<Kind>(['redis', 'postgres'])('On %s', (kind) => {
  it('what is opened while the store cannot be reached works once it can', async () => {
    const { store, proxy, failures } = await openBehindProxy(kind);
    proxy.drop();
    const execute = vi.fn(async () => undefined);
    store.worker('runs', execute, { concurrency: 1, lockDuration: 1_500 });
    const hear = vi.fn();
    store.events('runs').on('completed', hear);
    await vi.waitFor(() => {
      expect(failures.length).toBeGreaterThan(5);
    }, WAIT);

    proxy.heal();

    await vi.waitFor(async () => {
      await store.queue('runs').add('attempt', {});
      expect(execute).toHaveBeenCalled();
      expect(hear).toHaveBeenCalled();
    }, WAIT);
  });

  it('what listens can be closed while the store cannot be reached', async () => {
    const { store, proxy, failures } = await openBehindProxy(kind);
    const events = store.events('runs');
    await events.waitUntilReady();
    proxy.drop();
    await vi.waitFor(() => {
      expect(failures.length).toBeGreaterThan(5);
    }, WAIT);

    await events.close().catch(() => undefined);
  });
});

const WAIT = { timeout: 20_000, interval: 100 };
