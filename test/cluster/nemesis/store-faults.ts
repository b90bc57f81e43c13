import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from './arena.js';
import { between, type Fault } from './fault.js';
import type { StoreKind } from './store-admin.js';

const SHORTEST_OUTAGE_MS = 500;
const LONGEST_OUTAGE_MS = 5_000;

export const STORE_FAULTS: readonly Fault[] = [
  onStore('store killed', async ({ store }, outageMs) => {
    await store.server.kill();
    await sleep(outageMs);
    await store.server.start();
  }),
  onStore(
    'store stopped immediately',
    async ({ store }, outageMs) => {
      await store.server.end('SIGQUIT');
      await sleep(outageMs);
      await store.server.start();
    },
    'postgres',
  ),
  onStore('store hangs', async ({ store }, outageMs) => {
    store.server.pause();
    await sleep(outageMs);
    store.server.resume();
  }),
  onStore('connections killed', ({ store }) => store.admin.killClients()),
];

/** One after the other: nobody can kill a server that is being started. */
function onStore(
  name: string,
  act: (arena: Arena, outageMs: number) => Promise<void>,
  store?: StoreKind,
): Fault {
  return {
    name,
    ...(store !== undefined && { store }),
    strike: (arena, _which, strength) =>
      arena.onStore(() =>
        arena.trouble(name, undefined, () =>
          act(arena, between(SHORTEST_OUTAGE_MS, LONGEST_OUTAGE_MS, strength)),
        ),
      ),
  };
}
