import { BACKOFF_TYPES, type Backoff } from '../backoff/backoff.js';
import type { BackoffOptions } from '../backoff/backoff-options.js';
import { parseDuration } from '../duration.js';
import { JobPriority, parsePriority, PRIORITY_NAMES } from '../priority.js';
import type { Schedule } from '../schedule/schedule.js';
import { isValidName, NAME_RULE } from '../worker-name.js';
import { defineSchedule } from './define-schedule.js';
import { OptionReader } from './option-reader.js';
import type { DefinitionProblem } from './problem.js';
import type { Dependency, WorkerDefinition } from './worker-definition.js';
import type { DependencyOptions, WorkerOptions } from './worker-options.js';

const CONDITIONS = ['succeeded', 'fresh', 'finished', 'idle'] as const;
const LONGEST_DESCRIPTION = 1000;
// The names that are read, of all workers: a set of them for each would be half of the cost of reading its options.
const WORKER_OPTIONS = new Set<string>();
const BACKOFF_OPTIONS = new Set<string>();

// Most workers say nothing of these, and share what that means: frozen, as views give it away.
const NONE: readonly never[] = Object.freeze([]);
const STANDARD_BACKOFF: Backoff = {
  type: 'exponential',
  delayMs: 1_000,
  ceilingMs: 30_000,
  jitter: 0.2,
};

export interface Declaration {
  /** Where people find it: `Class.method`, or the call. */
  readonly place: string;
  readonly name: string;
  readonly options: WorkerOptions;
  /** The module's `timeZone`. */
  readonly timeZone?: string | undefined;
}

export type Defined =
  { readonly definition: WorkerDefinition } | { readonly problems: readonly DefinitionProblem[] };

/** Validates a declaration whole: either a definition, or everything that is wrong with it. */
export function defineWorker({ place, name, options, timeZone }: Declaration): Defined {
  const usableName = isValidName(name) ? name : undefined;
  const reader = new OptionReader(
    isRecord(options) ? options : {},
    place,
    usableName,
    WORKER_OPTIONS,
  );
  if (!isRecord(options)) reader.reject('options', options, 'use an object of options');
  if (usableName === undefined) reader.reject('name', name, `use ${NAME_RULE}`);
  reader.read('name');

  const schedule = defineSchedule(reader, timeZone);
  const dependsOn = readDependencies(reader);
  if (schedule?.kind === 'after-dependencies' && dependsOn.length === 0) {
    reader.reject('runAfterDependencies', true, 'name at least one worker in dependsOn');
  }

  // All in one literal: copied into another, each definition would have a hidden class of its own.
  const definition = {
    name,
    schedule,
    description: reader.valid(
      'description',
      (value): value is string => typeof value === 'string' && value.length <= LONGEST_DESCRIPTION,
      `use text of at most ${String(LONGEST_DESCRIPTION)} characters`,
    ),
    overlap: reader.oneOf('overlap', ['skip', 'queue', 'replace']) ?? 'skip',
    misfire: reader.oneOf('misfire', ['once', 'skip', 'all']) ?? 'once',
    misfireGraceMs: reader.duration('misfireGrace', 1),
    maxPending: reader.count('maxPending', 1) ?? 1000,
    dependsOn,
    blocks: readNames(reader, 'blocks', isBlockTarget, `a worker's name, 'tag:x' or '*'`),
    tags: readNames(reader, 'tags', isValidName, NAME_RULE),
    groups: readNames(reader, 'groups', isValidName, NAME_RULE),
    priority: readPriority(reader),
    concurrency: reader.count('concurrency', 1) ?? 1,
    timeoutMs: orNone(reader.durationOrFalse('timeout') ?? 60_000),
    abortGraceMs: reader.duration('abortGrace', 0) ?? 5_000,
    holdOnTimeout: reader.flag('holdOnTimeout'),
    maxRetries: reader.count('maxRetries', 0) ?? 3,
    backoff: readBackoff(reader),
    retryIf: reader.valid(
      'retryIf',
      (value): value is (error: unknown) => boolean => typeof value === 'function',
      'use a function (error) => boolean',
    ),
    maxConsecutiveFailures: reader.count('maxConsecutiveFailures', 0) ?? 5,
    autoEnableAfterMs: orNone(reader.durationOrFalse('autoEnableAfter')),
    overdueAfterMs: reader.duration('overdueAfter', 1) ?? 5 * 60_000,
    enabled: reader.flag('enabled') ?? true,
    scope: reader.oneOf('scope', ['cluster', 'replica']) ?? 'cluster',
  };
  reader.rejectUnknown();

  return hasSchedule(definition) && reader.problems.length === 0
    ? { definition }
    : { problems: reader.problems };
}

type Incomplete = Omit<WorkerDefinition, 'schedule'> & { readonly schedule: Schedule | undefined };

function hasSchedule(definition: Incomplete): definition is WorkerDefinition {
  return definition.schedule !== undefined;
}

function orNone(durationMs: number | false | undefined): number | undefined {
  return durationMs === false ? undefined : durationMs;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBlockTarget(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  return value === '*' || isValidName(value.startsWith('tag:') ? value.slice(4) : value);
}

function readNames(
  reader: OptionReader<WorkerOptions>,
  option: 'blocks' | 'tags' | 'groups',
  accepts: (value: unknown) => value is string,
  rule: string,
): readonly string[] {
  const names = reader.list(option, accepts, `use ${rule}`) as readonly string[];
  return names.length === 0 ? NONE : Object.freeze([...new Set(names)]);
}

function readDependencies(reader: OptionReader<WorkerOptions>): readonly Dependency[] {
  const entries = reader.list(
    'dependsOn',
    isDependency,
    `use a worker's name, or { worker, condition } with a condition of ${CONDITIONS.join(', ')}`,
  ) as readonly (string | DependencyOptions)[];
  if (entries.length === 0) return NONE;
  const byWorker = new Map<string, Dependency>();
  for (const entry of entries) {
    const { worker, condition = 'succeeded' } =
      typeof entry === 'string' ? { worker: entry } : entry;
    if (byWorker.has(worker)) reader.reject('dependsOn', worker, 'name each worker once');
    byWorker.set(worker, { worker, condition });
  }
  return [...byWorker.values()];
}

function isDependency(value: unknown): boolean {
  if (typeof value === 'string') return isValidName(value);
  if (!isRecord(value)) return false;
  const { worker, condition, ...rest } = value as Partial<DependencyOptions>;
  return (
    isValidName(worker) &&
    (condition === undefined || CONDITIONS.includes(condition)) &&
    Object.keys(rest).length === 0
  );
}

function readPriority(reader: OptionReader<WorkerOptions>): JobPriority {
  const value = reader.read('priority');
  const priority = value === undefined ? JobPriority.NORMAL : parsePriority(value);
  if (priority === undefined) reader.reject('priority', value, `use one of ${PRIORITY_NAMES}`);
  return priority ?? JobPriority.NORMAL;
}

function readBackoff(reader: OptionReader<WorkerOptions>): Backoff {
  const value = reader.read('backoff');
  const standard = STANDARD_BACKOFF;
  if (value === undefined) return standard;

  const fixedMs = parseDuration(value);
  if (fixedMs !== undefined) {
    return { type: 'fixed', delayMs: fixedMs, ceilingMs: fixedMs, jitter: 0 };
  }
  if (!isRecord(value)) {
    reader.reject('backoff', value, `use a duration, or { type, delay, ceiling, jitter }`);
    return standard;
  }

  const inner = new OptionReader<BackoffOptions>(value, '', undefined, BACKOFF_OPTIONS);
  const delayMs = inner.duration('delay', 0) ?? standard.delayMs;
  const backoff: Backoff = {
    type: inner.oneOf('type', BACKOFF_TYPES) ?? standard.type,
    delayMs,
    ceilingMs: inner.duration('ceiling', 0) ?? Math.max(standard.ceilingMs, delayMs),
    jitter:
      inner.valid(
        'jitter',
        (jitter): jitter is number => typeof jitter === 'number' && jitter >= 0 && jitter <= 1,
        'use a number from 0 to 1',
      ) ?? standard.jitter,
  };
  if (backoff.ceilingMs < backoff.delayMs) {
    inner.reject('ceiling', backoff.ceilingMs, 'use at least the delay');
  }
  inner.rejectUnknown();
  reader.adopt('backoff', inner.problems);
  return backoff;
}
