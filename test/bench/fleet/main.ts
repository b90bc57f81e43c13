import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../support/servers/postgres-server.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { median } from '../statistics.js';
import { failoversMs } from './failover.js';
import { idleOperations } from './idle.js';
import { measureFleet, type FleetFigures } from './our-fleet.js';
import { measureRaw, type RawFigures } from './raw-bullmq.js';

/*
 *   npm run bench:fleet [-- --store redis --runs 3000 --rounds 3]
 *
 * Ours against raw BullMQ, in turns, on one store with as many places: what one stands to lose by having runs decided.
 */

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    runs: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
  },
});
const runs = Number(values.runs);
const server = values.store === 'postgres' ? await startPostgres() : await startRedis();
const ours: FleetFigures[] = [];
const raw: RawFigures[] = [];

for (let round = 0; round < Number(values.rounds); round++) {
  const prefix = `bench_${round}`;
  raw.push(await measureRaw({ url: server.url, prefix: `${prefix}_raw`, runs }));
  ours.push(await measureFleet({ url: server.url, prefix, runs }));
}

const figure = <Figures>(all: readonly Figures[], of: (figures: Figures) => number): number =>
  median(all.map(of));
const pair = (key: keyof RawFigures & keyof FleetFigures) => ({
  ours: figure(ours, (all) => all[key]),
  raw: figure(raw, (all) => all[key]),
  ratio: median(ours.map((all, round) => all[key] / (raw[round]?.[key] ?? NaN))),
});
const idle: Record<number, number> = {};
for (const replicas of [1, 3, 10]) {
  idle[replicas] = await idleOperations(server.url, `bench_idle_${replicas}`, replicas);
}
const failover: Record<number, { median: number; longest: number }> = {};
for (const leaseMs of [6_000, 2_000]) {
  const all = await failoversMs(server.url, `bench_failover_${leaseMs}`, leaseMs);
  failover[leaseMs] = { median: median(all), longest: Math.max(...all) };
}
const report = {
  store: values.store,
  runs,
  'runs/s in a closed loop': pair('closedLoopPerSecond'),
  'trigger (add) to start, p50 ms': pair('toStartMs'),
  'runs/s of a full queue': {
    raw: figure(raw, ({ fullQueuePerSecond }) => fullQueuePerSecond),
    ratio: median(
      ours.map((all, round) => all.closedLoopPerSecond / (raw[round]?.fullQueuePerSecond ?? NaN)),
    ),
  },
  'runs/s of triggers that are awaited': figure(ours, (all) => all.triggeredPerSecond),
  'operations of the store per run': figure(ours, (all) => all.operationsPerRun),
  'idle operations of the store per minute, by replicas': idle,
  'ms from the SIGKILL of the leader to a run of the next, by lease in ms': failover,
};
console.info(JSON.stringify(report, undefined, 2));
writeFileSync(
  fileURLToPath(new URL(`fleet-${values.store}.json`, import.meta.url)),
  JSON.stringify(report),
);
await server.close();
process.exit();
