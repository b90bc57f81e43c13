import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { bullmq } from '../../lib/engine/bullmq/index.js';
import { Application } from '../support/conformance/application.js';
import { ownRedis } from '../support/servers/own-servers.js';

it.each([
  ['allkeys-lru', /maxmemory-policy is allkeys-lru. Set it to noeviction/],
  ['noeviction', undefined],
])('B57: of a store whose policy is %s a replica warns as it must', async (policy, warning) => {
  const { url: connection } = await ownRedis();
  const client = new Redis(connection);
  await client.config('SET', 'maxmemory-policy', policy);
  await client.quit();
  const app = new Application((prefix) => bullmq({ connection, prefix, lease: 1_500 }));

  const { logged } = await app.replica({});

  const warnings = logged.filter((line) => line.includes('maxmemory-policy'));
  if (warning === undefined) expect(warnings).toEqual([]);
  else expect(warnings).toEqual([expect.stringMatching(warning)]);
});
