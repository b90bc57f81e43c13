import { setTimeout } from 'node:timers/promises';
import type { OrchestratorService, RunContext, WorkerOptions } from 'nestjs-orchestrator';

interface Actor {
  readonly name: string;
  readonly options: Omit<WorkerOptions, 'name'>;
  /** How long its body takes; `'fails'` and `'hangs'` say how it ends otherwise. */
  readonly body: (run: RunContext) => unknown;
}

const takes =
  (durationMs: number) =>
  async ({ signal }: RunContext): Promise<void> => {
    await setTimeout(durationMs, undefined, { signal });
  };

async function inSteps({ signal, progress }: RunContext, steps: readonly string[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    progress(index / steps.length, step);
    await setTimeout(2_500, undefined, { signal });
  }
  progress(1, 'done');
}

/** A shop at night: something of everything that the page can show. */
const ACTORS: readonly Actor[] = [
  {
    name: 'fetch-orders',
    options: {
      description: 'pulls new orders from the shops',
      interval: '8s',
      priority: 'HIGH',
      tags: ['orders'],
    },
    body: takes(1_800),
  },
  {
    name: 'import-stock',
    options: {
      description: 'reads the stock of both warehouses',
      interval: '12s',
      tags: ['stock'],
    },
    body: takes(5_200),
  },
  {
    name: 'price-feed',
    options: { description: 'prices of the suppliers', interval: '5s', tags: ['stock'] },
    body: takes(400),
  },
  {
    name: 'reconcile',
    options: {
      description: 'matches orders with stock',
      interval: '10s',
      dependsOn: ['fetch-orders', 'import-stock'],
      tags: ['orders', 'stock'],
    },
    body: takes(2_400),
  },
  {
    name: 'bill-customers',
    options: {
      description: 'writes invoices',
      runAfterDependencies: true,
      dependsOn: 'reconcile',
      groups: ['db'],
      priority: 'CRITICAL',
      tags: ['billing'],
    },
    body: takes(2_900),
  },
  {
    name: 'send-mail',
    options: {
      description: 'sends what is in the outbox',
      interval: '6s',
      dependsOn: [{ worker: 'bill-customers', condition: 'finished' }],
      tags: ['billing'],
    },
    body: takes(900),
  },
  {
    name: 'rebuild-index',
    options: {
      description: 'search index, never while prices change',
      interval: '20s',
      dependsOn: 'price-feed',
      groups: ['db'],
      maxRetries: 0,
      tags: ['search'],
    },
    body: (run) => inSteps(run, ['products', 'categories', 'suggestions', 'switching over']),
  },
  {
    name: 'archive',
    options: {
      description: 'moves old orders away',
      interval: '15s',
      initialDelay: '1s',
      blocks: 'rebuild-index',
      groups: ['db'],
      priority: 'LOW',
    },
    body: takes(3_000),
  },
  {
    name: 'sync-ledger',
    options: {
      description: 'talks to the accountants, who are often out',
      interval: '9s',
      maxRetries: 1,
      backoff: '3s',
      maxConsecutiveFailures: 0,
      tags: ['billing'],
    },
    body: async (run) => {
      await takes(1_100)(run);
      throw new Error('connect ECONNREFUSED postgres://ledger:S3CRET@10.0.0.7/books');
    },
  },
  {
    name: 'legacy-export',
    options: {
      description: 'for the old system',
      interval: '4s',
      maxRetries: 0,
      maxConsecutiveFailures: 2,
      tags: ['orders'],
    },
    body: () => {
      throw new TypeError('the partner answered with HTML');
    },
  },
  {
    name: 'nightly-report',
    options: { description: 'at three in the morning', cron: '0 3 * * *', tags: ['reports'] },
    body: takes(1_000),
  },
  {
    name: 'write-report',
    options: { description: 'whenever it is asked for', tags: ['reports'] },
    body: takes(4_000),
  },
  {
    name: 'warm-cache',
    options: {
      description: 'a second of work, each two seconds',
      interval: '2s',
      tags: ['search'],
    },
    body: takes(2_600),
  },
];

/** Registers the workers of the scene. */
export async function setTheScene(orchestrator: OrchestratorService): Promise<void> {
  for (const { name, options, body } of ACTORS)
    await orchestrator.registerWorker(name, body, options);
}
