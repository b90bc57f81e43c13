import type { Backoff } from '../backoff/backoff.js';
import type { Dependency, WorkerDefinition } from '../definition/worker-definition.js';
import type { JobPriority } from '../priority.js';
import type { Schedule } from '../schedule/schedule.js';

/** What makes a worker due. @publicApi */
export interface ScheduleInForce {
  readonly kind: Schedule['kind'];
  readonly intervalMs?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly initialDelayMs?: number;
  readonly runsOnStart?: boolean;
  readonly jitterMs?: number;
}

/** A worker's options as they hold: with the module's defaults, overrides and updates. @publicApi */
export interface OptionsInForce {
  readonly schedule: ScheduleInForce;
  readonly overlap: 'skip' | 'queue' | 'replace';
  readonly misfire: 'once' | 'skip' | 'all';
  readonly misfireGraceMs?: number;
  readonly maxPending: number;
  readonly dependsOn: readonly Dependency[];
  /** Names, `tag:x` and `*`, as declared. */
  readonly blocks: readonly string[];
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  readonly priority: JobPriority;
  readonly concurrency: number;
  /** Absent where an attempt may take as long as it takes. */
  readonly timeoutMs?: number;
  readonly abortGraceMs: number;
  /** Absent where it is left to whether the worker has conflicts or groups. */
  readonly holdOnTimeout?: boolean;
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly maxConsecutiveFailures: number;
  readonly autoEnableAfterMs?: number;
  readonly overdueAfterMs: number;
  readonly scope: 'cluster' | 'replica';
}

export function viewOptions(definition: WorkerDefinition): OptionsInForce {
  const { misfireGraceMs, timeoutMs, holdOnTimeout, autoEnableAfterMs } = definition;
  return {
    schedule: viewSchedule(definition.schedule),
    overlap: definition.overlap,
    misfire: definition.misfire,
    ...(misfireGraceMs !== undefined && { misfireGraceMs }),
    maxPending: definition.maxPending,
    dependsOn: definition.dependsOn.map((dependency) => ({ ...dependency })),
    blocks: [...definition.blocks],
    tags: [...definition.tags],
    groups: [...definition.groups],
    priority: definition.priority,
    concurrency: definition.concurrency,
    ...(timeoutMs !== undefined && { timeoutMs }),
    abortGraceMs: definition.abortGraceMs,
    ...(holdOnTimeout !== undefined && { holdOnTimeout }),
    maxRetries: definition.maxRetries,
    backoff: { ...definition.backoff },
    maxConsecutiveFailures: definition.maxConsecutiveFailures,
    ...(autoEnableAfterMs !== undefined && { autoEnableAfterMs }),
    overdueAfterMs: definition.overdueAfterMs,
    scope: definition.scope,
  };
}

function viewSchedule(schedule: Schedule): ScheduleInForce {
  if (schedule.kind === 'after-dependencies') return { kind: schedule.kind };
  const { kind, initialDelayMs, startsDue, jitterMs } = schedule;
  return {
    kind,
    ...('intervalMs' in schedule && { intervalMs: schedule.intervalMs }),
    ...('cron' in schedule && viewCron(schedule.cron)),
    initialDelayMs,
    runsOnStart: startsDue,
    jitterMs,
  };
}

function viewCron({
  pattern,
  timeZone,
}: {
  readonly pattern: string;
  readonly timeZone: string | undefined;
}): Pick<ScheduleInForce, 'cron' | 'timeZone'> {
  return { cron: pattern, ...(timeZone !== undefined && { timeZone }) };
}
