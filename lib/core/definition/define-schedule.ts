import { parseCron, type CronPattern } from '../schedule/cron-pattern.js';
import type { Schedule } from '../schedule/schedule.js';
import { WorkerExecutionMode } from './execution-mode.js';
import type { OptionReader } from './option-reader.js';
import type { WorkerOptions } from './worker-options.js';

const MODES = Object.values(WorkerExecutionMode);

/** What makes the worker due, from the options that say it; `undefined` where they make no sense together. */
export function defineSchedule(
  reader: OptionReader<WorkerOptions>,
  moduleTimeZone: string | undefined,
): Schedule | undefined {
  const mode = reader.oneOf('executionMode', MODES);
  const intervalMs = reader.duration('interval', 1);
  const cadence = reader.oneOf('cadence', ['fixed-rate', 'fixed-delay']);
  const afterDependencies = reader.flag('runAfterDependencies') ?? false;
  const startsDue = reader.flag('runOnStart');
  const initialDelayMs = reader.duration('initialDelay', 0) ?? 0;
  const jitterMs = reader.duration('jitter', 0) ?? 0;
  const cron = readCron(reader, moduleTimeZone);

  const sources = (['interval', 'cron', 'runAfterDependencies'] as const).filter(
    (option) => reader.has(option) && reader.read(option) !== false,
  );
  const conflict = disagreement(reader, mode, sources);
  if (conflict !== undefined) {
    reader.reject(...conflict);
    return undefined;
  }
  if (cadence !== undefined && !reader.has('interval')) {
    reader.reject('cadence', cadence, 'it needs an interval');
  }
  if (intervalMs !== undefined && jitterMs >= intervalMs) {
    reader.reject('jitter', reader.read('jitter'), 'use less than the interval');
  }

  if (afterDependencies) {
    rejectTiming(reader);
    return { kind: 'after-dependencies' };
  }
  if (intervalMs !== undefined) {
    const kind = cadence ?? 'fixed-rate';
    return { kind, intervalMs, initialDelayMs, jitterMs, startsDue: startsDue ?? true };
  }
  if (cron !== undefined) {
    return { kind: 'cron', cron, initialDelayMs, jitterMs, startsDue: startsDue ?? false };
  }
  if (mode === WorkerExecutionMode.CONTINUOUS) {
    return { kind: 'continuous', initialDelayMs, jitterMs, startsDue: startsDue ?? true };
  }
  return sources.length > 0
    ? undefined
    : { kind: 'triggered', initialDelayMs, jitterMs, startsDue: startsDue ?? false };
}

function readCron(
  reader: OptionReader<WorkerOptions>,
  moduleTimeZone: string | undefined,
): CronPattern | undefined {
  const pattern = reader.valid(
    'cron',
    (value): value is string => typeof value === 'string' && value.length <= 256,
    'use five or six fields of cron, as text',
  );
  const zone = reader.valid(
    'timeZone',
    (value): value is string => typeof value === 'string' && isTimeZone(value),
    `use an IANA time zone, such as 'Europe/Vienna'`,
  );
  if (zone !== undefined && !reader.has('cron')) reader.reject('timeZone', zone, 'it needs a cron');
  if (pattern === undefined) return undefined;
  try {
    const cron = parseCron(pattern, zone ?? moduleTimeZone);
    // The epoch is far enough back for any pattern that ever fires, the 29th of February included.
    if (cron.next(0) !== undefined) return cron;
    reader.reject('cron', pattern, 'it never fires; use a pattern that does');
  } catch (error) {
    reader.reject('cron', pattern, `use a valid pattern (${(error as Error).message})`);
  }
  return undefined;
}

export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

type Rejection = Parameters<OptionReader<WorkerOptions>['reject']>;

function disagreement(
  reader: OptionReader<WorkerOptions>,
  mode: WorkerExecutionMode | undefined,
  sources: readonly ('interval' | 'cron' | 'runAfterDependencies')[],
): Rejection | undefined {
  const [first, second] = sources;
  if (first !== undefined && second !== undefined) {
    return [second, reader.read(second), `keep either ${first} or ${second}`];
  }
  if (mode === WorkerExecutionMode.SCHEDULED && first === undefined) {
    return ['executionMode', mode, 'add interval, cron or runAfterDependencies'];
  }
  if (mode !== undefined && mode !== WorkerExecutionMode.SCHEDULED && first !== undefined) {
    return ['executionMode', mode, `remove ${first}, or use SCHEDULED`];
  }
  return undefined;
}

function rejectTiming(reader: OptionReader<WorkerOptions>): void {
  for (const option of ['initialDelay', 'runOnStart', 'jitter'] as const) {
    if (!reader.has(option)) continue;
    reader.reject(option, reader.read(option), 'a pipeline step has no timing of its own');
  }
}
