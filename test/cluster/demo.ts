import { parseArgs } from 'node:util';
import { startRedis } from '../support/servers/redis-server.js';
import { BUILT_REPLICA, Fleet } from './fleet.js';
import { Witness } from './history/witness.js';
import { killLeaders } from './kill-leaders.js';
import { startStore, type StoreKind } from './nemesis/store-admin.js';

/*
 *   npm run fleet [-- --store postgres --kills 50 --seconds 10]
 *
 * Three replicas and a throwaway store. Whoever leads is killed after so many seconds; a witness, which survives them all,
 * sees that nothing overlaps. Ends after so many kills, or with Ctrl-C, and with code 1 once something has overlapped.
 */

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: 'Infinity' },
    seconds: { type: 'string', default: '10' },
    store: { type: 'string', default: 'redis' },
  },
});
const kills = Number(values.kills);

const witnessServer = await startRedis('off');
const store = await startStore(values.store as StoreKind);
const witness = new Witness(witnessServer.url);
const fleet = await Fleet.of(
  3,
  {
    command: BUILT_REPLICA,
    storeUrl: store.server.url,
    storePort: store.server.port,
    witnessUrl: witnessServer.url,
    prefix: 'fleet',
  },
  witness,
);
const close = async (): Promise<void> => {
  await fleet.close();
  witness.close();
  await Promise.all([store.server.close(), witnessServer.close()]);
};
process.once('SIGINT', () => void close().finally(() => process.exit()));

console.info(`Three replicas on ${values.store} at ${store.server.url}. Ctrl-C ends them.`);
await fleet.scaleTo(3);
let killed = 0;
for await (const { leader, interregnumMs, attempts, violations } of killLeaders(
  fleet,
  witness,
  Number(values.seconds) * 1_000,
)) {
  const led = `${leader.name} leads, ${(interregnumMs / 1_000).toFixed(1)} s after the last one.`;
  const overlaps = violations.length === 0 ? 'none overlapped' : `${violations.length} VIOLATIONS`;
  console.info(`${led} ${attempts} attempts so far, ${overlaps}.`);
  for (const { id, what } of violations) console.error(`  ${id} ${what}`);
  if (violations.length > 0) process.exitCode = 1;
  if (violations.length > 0 || killed >= kills) break;
  killed++;
  console.info(`Kill ${killed}: ${leader.name} is killed.`);
}
await close();
// What has started PostgreSQL would keep the process busy for ever.
process.exit();
