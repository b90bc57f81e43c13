import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '../fleet.js';
import type { Arena } from './arena.js';
import { between, type Fault } from './fault.js';

/** In leases: held all through it, lost after it, lost long before its end. */
const FREEZES = [0.5, 1.5, 4] as const;
const LARGEST_SHIFT_MS = 30_000;

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'killed',
    strike: async (arena, which) => arena.victim(which)?.end('SIGKILL'),
  },
  {
    name: 'terminated',
    strike: async (arena, which) => arena.victim(which)?.end('SIGTERM'),
  },
  {
    name: 'frozen',
    strike: (arena, which, strength) =>
      onVictim(arena, 'frozen', which, async (victim) => {
        victim.freeze();
        await sleep(arena.plan.leaseMs * (FREEZES[Math.floor(strength * 3)] ?? 4));
        victim.thaw();
      }),
  },
  {
    name: 'event loop blocked',
    strike: (arena, which, strength) =>
      onVictim(arena, 'event loop blocked', which, async (victim) => {
        const forMs = arena.plan.leaseMs * between(0.5, 4, strength);
        await victim.reply('done', { do: 'block', forMs }, forMs + 5_000);
      }),
  },
  {
    // No trouble that would excuse anything: leases are kept by monotonic clocks, schedules by the store's.
    name: 'clock shifted',
    strike: async (arena, which, strength) => {
      const victim = arena.victim(which);
      if (victim === undefined) return;
      const offsetMs = between(-LARGEST_SHIFT_MS, mostAheadMs(arena), strength);
      victim.setClock(offsetMs);
      await sleep(3_000);
    },
  },
  {
    name: 'rolling deploy',
    strike: async ({ fleet, size }) => {
      const replicas = fleet.replicas.slice(0, size);
      const version = replicas[0]?.version === 1 ? 2 : 1;
      for (const replica of replicas) {
        replica.version = version;
        await replica.end('SIGTERM');
        await replica.start();
        await replica.reply('ready');
      }
    },
  },
  {
    name: 'scaled',
    strike: async (arena, which) => {
      arena.size = which < 0.5 ? 1 : arena.fleet.replicas.length;
      await arena.fleet.scaleTo(arena.size);
      await sleep(3_000);
      arena.size = arena.usualSize;
      await arena.fleet.scaleTo(arena.size);
    },
  },
];

/** PostgreSQL lets nobody take part whose clock is further ahead than a quarter of the lease. */
function mostAheadMs({ store, plan }: Arena): number {
  return store.kind === 'postgres' ? plan.leaseMs / 5 : LARGEST_SHIFT_MS;
}

async function onVictim(
  arena: Arena,
  fault: string,
  which: number,
  act: (victim: Replica) => Promise<void>,
): Promise<void> {
  const victim = arena.victim(which);
  if (victim !== undefined) await arena.trouble(fault, victim, () => act(victim));
}
