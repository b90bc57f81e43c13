import { inject } from 'vitest';
import { bullmq } from '../../lib/engine/bullmq/index.js';
import type { House } from '../support/conformance/application.js';
import { itBehaves } from '../support/conformance/behaviours.js';
import { itBehavesAsFleet } from '../support/conformance/fleet-behaviours.js';
import { proxyTo } from '../support/servers/own-servers.js';

const on =
  (connection: () => string): House =>
  (application) =>
    bullmq({ connection: connection(), prefix: application, lease: 1_500 });
const house = on(() => inject('postgresUrl'));

itBehaves(house);
itBehavesAsFleet({
  house,
  outages: ['cutOff', 'blackhole'],
  breakable: async () => {
    const url = inject('postgresUrl');
    const proxy = await proxyTo({ port: Number(new URL(url).port) });
    return {
      house: on(() => proxy.urlFor(url)),
      cutOff: () => proxy.drop(),
      blackhole: () => proxy.blackhole(),
      heal: () => proxy.heal(),
    };
  },
});
