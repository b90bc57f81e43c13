import { setTimeout as sleep } from 'node:timers/promises';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import { orchestrated } from '../orchestrated.js';
import { storeOperations } from './store-operations.js';

/** PostgreSQL counts with a delay: what it took to boot must not count. */
const SETTLES_IN_MS = 12_000;
const WATCHED_MS = 20_000;

/** What a fleet of so many replicas asks of its store while nothing is due, in a minute. */
export async function idleOperations(url: string, prefix: string, replicas: number) {
  const apps = await Promise.all(
    Array.from({ length: replicas }, () =>
      orchestrated({ engine: bullmq({ connection: url, prefix }) }, (declaring) =>
        declaring.registerWorker('idle', () => undefined),
      ),
    ),
  );
  await sleep(SETTLES_IN_MS);
  const before = await storeOperations(url);
  await sleep(WATCHED_MS);
  const perMinute = ((await storeOperations(url)) - before) * (60_000 / WATCHED_MS);
  await Promise.all(apps.map(({ app }) => app.close()));
  return Math.round(perMinute);
}
