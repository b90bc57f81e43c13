/** One worker of the replicas: what it is told, and what its body does. The replicas and the judge read the same plan. */
export interface PlannedWorker {
  readonly name: string;
  /** Triggered, or a pipeline step, without one. */
  readonly intervalMs?: number;
  readonly bodyMs: number;
  readonly dependsOn?: string;
  readonly isStep?: true;
  readonly blocks?: readonly string[];
  readonly group?: string;
  readonly concurrency?: number;
  /** Which of its attempts throw. */
  readonly fails?: 'every-third' | 'always';
  /** Only replicas of this version have it. */
  readonly version?: number;
}

export interface Plan {
  readonly workers: readonly PlannedWorker[];
  readonly groups: Readonly<Record<string, number>>;
  readonly maxConcurrentWorkers: number;
  readonly leaseMs: number;
  readonly shutdownTimeoutMs: number;
  readonly abortGraceMs: number;
}

/** Failed runs in a row after which `doomed`, and it alone, is switched off. */
export const DOOMED_AFTER = 3;

export const PLAN: Plan = {
  workers: [
    { name: 'fetch', intervalMs: 500, bodyMs: 80 },
    { name: 'process', intervalMs: 500, bodyMs: 120, dependsOn: 'fetch' },
    { name: 'cleanup', intervalMs: 900, bodyMs: 150, blocks: ['process'] },
    { name: 'audit', intervalMs: 3_000, bodyMs: 100, blocks: ['fetch', 'process', 'cleanup'] },
    { name: 'step', isStep: true, dependsOn: 'process', bodyMs: 50 },
    { name: 'long', intervalMs: 6_000, bodyMs: 3_000 },
    { name: 'pair', intervalMs: 300, bodyMs: 350, concurrency: 2, group: 'net' },
    { name: 'lookup', intervalMs: 700, bodyMs: 100, group: 'net' },
    { name: 'flaky', intervalMs: 1_000, bodyMs: 40, fails: 'every-third' },
    { name: 'doomed', intervalMs: 1_500, bodyMs: 20, fails: 'always' },
    { name: 'ticket', bodyMs: 60, concurrency: 3 },
    { name: 'legacy', intervalMs: 1_000, bodyMs: 50, version: 1 },
    { name: 'modern', intervalMs: 1_000, bodyMs: 50, version: 2 },
  ],
  groups: { net: 2 },
  maxConcurrentWorkers: 6,
  leaseMs: 2_000,
  shutdownTimeoutMs: 2_000,
  abortGraceMs: 500,
};

/** Never more often than this does the engine look for what has stalled. */
export const checkMs = ({ leaseMs }: Plan): number => leaseMs / 3;

/** How long a replica can be out of touch and still hold all its leases: they are renewed at each third. */
export const safeSilenceMs = ({ leaseMs }: Plan): number => (leaseMs * 2) / 3;

/** Pairs of workers that never overlap. */
export function conflictsOf({ workers }: Plan): (readonly [string, string])[] {
  return workers.flatMap(({ name, blocks = [] }) => blocks.map((other) => [name, other] as const));
}
