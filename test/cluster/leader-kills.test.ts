import { expect, inject, it, onTestFinished } from 'vitest';
import { builtScript } from '../support/built-script.js';
import { ownRedis } from '../support/servers/own-servers.js';
import { Fleet } from './fleet.js';
import { Witness } from './history/witness.js';
import { killLeaders, type Reign } from './kill-leaders.js';

const KILLS = 2;

it.each(['redis', 'postgres'] as const)(
  'B15: on %s, goes on without its leaders, and nothing overlaps, begins twice or is missing',
  async (store) => {
    const witnessServer = await ownRedis('off');
    const witness = new Witness(witnessServer.url);
    onTestFinished(() => witness.close());
    const storeUrl = inject(`${store}Url`);
    const fleet = await Fleet.of(
      3,
      {
        command: [await builtScript('test/cluster/replica/main.ts')],
        storeUrl,
        storePort: Number(new URL(storeUrl).port),
        witnessUrl: witnessServer.url,
        prefix: `leader_kills_${process.pid}`,
      },
      witness,
    );
    onTestFinished(() => fleet.close());
    await fleet.scaleTo(3);

    const reigns: Reign[] = [];
    for await (const reign of killLeaders(fleet, witness, 3_000)) {
      reigns.push(reign);
      if (reigns.length > KILLS) break;
    }

    expect(reigns.flatMap(({ violations }) => violations)).toEqual([]);
    const [first, , last] = reigns;
    expect(new Set(reigns.map(({ pid }) => pid)).size).toBe(KILLS + 1);
    expect(last!.attempts).toBeGreaterThan(first!.attempts);
  },
  180_000,
);
