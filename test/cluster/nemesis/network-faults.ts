import { setTimeout as sleep } from 'node:timers/promises';
import type { TcpProxy } from '../../support/servers/tcp-proxy.js';
import { between, type Fault } from './fault.js';

export const NETWORK_FAULTS: readonly Fault[] = [
  onProxy('connections dropped', [0.2, 3], (proxy) => proxy.drop()),
  onProxy('connections delayed', [1, 3], (proxy, leaseMs, strength) =>
    proxy.delay(between(0, leaseMs, strength)),
  ),
  onProxy('black hole', [0.5, 4], (proxy) => proxy.blackhole()),
  // Nobody is told: it lasts until the replica gives up its silent connections.
  onProxy('connections half open', [3, 3], (proxy) => proxy.halfOpen()),
  onProxy('replies lost', [0.2, 2], (proxy) => proxy.loseReplies()),
];

/** @param leases for how many of them, from weakest to strongest */
function onProxy(
  name: string,
  leases: readonly [number, number],
  act: (proxy: TcpProxy, leaseMs: number, strength: number) => void,
): Fault {
  return {
    name,
    strike: async (arena, which, strength) => {
      const victim = arena.victim(which);
      if (victim === undefined) return;
      const { leaseMs } = arena.plan;
      const forMs = between(leases[0] * leaseMs, leases[1] * leaseMs, strength);
      await arena.trouble(name, victim, async () => {
        act(victim.proxy, leaseMs, strength);
        await sleep(forMs);
        victim.proxy.heal();
      });
    },
  };
}
