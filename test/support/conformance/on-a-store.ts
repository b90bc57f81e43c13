import { inject, onTestFinished, type ProvidedContext } from 'vitest';
import { bullmq } from '../../../lib/engine/bullmq/index.js';
import { startStore } from '../../cluster/nemesis/store-admin.js';
import { proxyTo } from '../servers/own-servers.js';
import type { House } from './application.js';
import { itBehaves } from './behaviours.js';
import { itBehavesAsFleet } from './fleet-behaviours.js';
import { itWithstandsAsFleet } from './fleet-hazards.js';

/** Everything that an engine of many replicas does, on the store that the test's set-up started. */
export function itBehavesOn(storeUrl: 'redisUrl' | 'postgresUrl'): void {
  const house = on(() => inject(storeUrl));
  itBehaves(house);
  itWithstandsAsFleet({
    houseWithLease: (leaseMs) => on(() => inject(storeUrl), leaseMs),
    trustsClocks: storeUrl === 'postgresUrl',
  });
  itBehavesAsFleet({
    house,
    forgetful: async () => {
      const { server, admin } = await startStore(storeUrl === 'redisUrl' ? 'redis' : 'postgres');
      onTestFinished(() => server.close());
      return { house: on(() => server.url), forget: () => admin.forget() };
    },
    outages: ['cutOff', 'blackhole', 'halfOpen'],
    breakable: async () => {
      const url: ProvidedContext[typeof storeUrl] = inject(storeUrl);
      const proxy = await proxyTo({ port: Number(new URL(url).port) });
      return {
        house: on(() => proxy.urlFor(url)),
        cutOff: () => proxy.drop(),
        blackhole: () => proxy.blackhole(),
        halfOpen: () => proxy.halfOpen(),
        heal: () => proxy.heal(),
      };
    },
  });
}

const on =
  (connection: () => string, leaseMs = 1_500): House =>
  (application) =>
    bullmq({ connection: connection(), prefix: application, lease: leaseMs });
