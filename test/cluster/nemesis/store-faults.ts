import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Fault } from './fault.js';

const SHORTEST_OUTAGE_MS = 500;
const LONGEST_OUTAGE_MS = 5_000;

export const STORE_FAULTS: readonly Fault[] = [
  {
    name: 'store killed',
    strike: (arena, _which, strength) =>
      arena.trouble('store killed', undefined, async () => {
        await arena.store.server.kill();
        await sleep(between(SHORTEST_OUTAGE_MS, LONGEST_OUTAGE_MS, strength));
        await arena.store.server.start();
      }),
  },
  {
    name: 'store stopped immediately',
    store: 'postgres',
    strike: (arena, _which, strength) =>
      arena.trouble('store stopped immediately', undefined, async () => {
        await arena.store.server.end('SIGQUIT');
        await sleep(between(SHORTEST_OUTAGE_MS, LONGEST_OUTAGE_MS, strength));
        await arena.store.server.start();
      }),
  },
  {
    name: 'store hangs',
    strike: (arena, _which, strength) =>
      arena.trouble('store hangs', undefined, async () => {
        arena.store.server.pause();
        await sleep(between(SHORTEST_OUTAGE_MS, LONGEST_OUTAGE_MS, strength));
        arena.store.server.resume();
      }),
  },
  {
    name: 'connections killed',
    strike: (arena) =>
      arena.trouble('connections killed', undefined, () => arena.store.admin.killClients()),
  },
];
