import { defineWorker } from './core/definition/define-worker.js';
import { isTimeZone } from './core/definition/define-schedule.js';
import { OptionReader } from './core/definition/option-reader.js';
import { describeValue, type DefinitionProblem } from './core/definition/problem.js';
import type { WorkerOptions } from './core/definition/worker-options.js';
import { isValidName, NAME_RULE } from './core/worker-name.js';
import type { EngineFactory, EngineSettings } from './engine/engine.js';
import { inProcess } from './engine/in-process/in-process.js';
import type { Clock } from './execution/clock.js';
import { SystemClock } from './execution/system-clock.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import { belongsToSchedule } from './worker-layers.js';

/** The module's options, read and completed. */
export interface OrchestratorSettings {
  readonly engineSettings: EngineSettings;
  readonly engine: EngineFactory;
  readonly clock: Clock;
  readonly defaults: WorkerOptions;
  readonly overrides: ReadonlyMap<string, WorkerOptions>;
  readonly timeZone: string | undefined;
  readonly autoStart: boolean | 'triggers';
  readonly random: () => number;
  readonly isStrict: boolean;
  readonly problems: readonly DefinitionProblem[];
}

type Reader = OptionReader<OrchestratorOptions>;

/** What is wrong is collected, so that it can be told together with what is wrong with the workers. */
export function readSettings(given: unknown): OrchestratorSettings {
  const options: OrchestratorOptions = isObject(given) ? given : {};
  const reader: Reader = new OptionReader(options, 'OrchestratorModule', undefined);
  if (!isObject(given)) {
    reader.reject('options', given, 'give an object to forRoot(), or return one to forRootAsync()');
  }
  const settings = {
    engineSettings: {
      maxConcurrentWorkers: reader.count('maxConcurrentWorkers', 1) ?? 5,
      groups: readGroups(reader),
      agingStepMs: reader.duration('agingStep', 1) ?? 30_000,
      history: reader.count('history', 0) ?? 50,
      tickIntervalMs: reader.duration('tickInterval', 0) ?? 0,
      shutdownTimeoutMs: reader.duration('shutdownTimeout', 0) ?? 30_000,
      role: reader.oneOf('role', ['all', 'scheduler', 'executor', 'client']) ?? 'all',
    },
    engine:
      reader.valid<EngineFactory>('engine', isFunction, 'use an engine, such as inProcess()') ??
      inProcess(),
    clock:
      reader.valid('clock', isClock, `use a Clock, with ${CLOCK_METHODS.join(', ')}`) ??
      new SystemClock(),
    defaults: readDefaults(reader),
    overrides: readRecord<WorkerOptions>(
      reader,
      'overrides',
      isObject,
      'an object of worker options',
    ),
    timeZone: reader.valid(
      'timeZone',
      isKnownTimeZone,
      `use an IANA zone, such as 'Europe/Vienna'`,
    ),
    autoStart: reader.valid('autoStart', isAutoStart, `use true, false or 'triggers'`) ?? true,
    random:
      reader.valid<() => number>('random', isFunction, 'use a function such as Math.random') ??
      Math.random,
    isStrict: reader.flag('strict') ?? false,
  };
  for (const [name, { name: other }] of settings.overrides)
    rejectName(reader, `overrides[${describeValue(name)}]`, other);
  reader.rejectUnknown();
  return { ...settings, problems: reader.problems };
}

/** Wrong ones are told once, not with every worker that would have them. */
function readDefaults(reader: Reader): WorkerOptions {
  const defaults =
    reader.valid<WorkerOptions>('defaults', isObject, 'use an object of worker options') ?? {};
  rejectName(reader, 'defaults', defaults.name);
  const defined = defineWorker({ place: '', name: 'defaults', options: defaults });
  const problems = 'problems' in defined ? defined.problems : [];
  const wrong = problems.filter(({ option }) => !belongsToSchedule(option));
  reader.adopt('defaults', wrong);
  const wrongOptions = new Set(['name', ...wrong.map(({ option }) => option.split('.', 1)[0])]);
  return Object.fromEntries(
    Object.entries(defaults).filter(([option]) => !wrongOptions.has(option)),
  );
}

function rejectName(reader: Reader, option: string, name: unknown): void {
  if (name === undefined) return;
  reader.reject(
    `${option}.name`,
    name,
    'leave it out: a name is given where the worker is declared',
  );
}

function readGroups(reader: Reader): ReadonlyMap<string, number> {
  const limits = readRecord<number>(reader, 'groups', isLimit, 'a whole number, at least 1');
  for (const name of limits.keys()) {
    if (!isValidName(name)) reader.reject('groups', name, `name groups by ${NAME_RULE}`);
  }
  return limits;
}

function readRecord<Value>(
  reader: Reader,
  option: 'groups' | 'overrides',
  accepts: (value: unknown) => boolean,
  rule: string,
): ReadonlyMap<string, Value> {
  const record = reader.valid<Record<string, Value>>(option, isObject, 'use an object') ?? {};
  const entries = Object.entries(record);
  for (const [name, value] of entries) {
    if (!accepts(value)) reader.reject(`${option}[${describeValue(name)}]`, value, `use ${rule}`);
  }
  return new Map(entries.filter(([, value]) => accepts(value)));
}

function isLimit(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Not a list or a `Map`: its entries are no properties, and would be lost. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- named by who asks
function isObject<Value extends object>(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value);
}

const CLOCK_METHODS = [
  'now',
  'wallOffset',
  'setTimer',
  'clearTimer',
  'defer',
] as const satisfies readonly (keyof Clock)[];

function isClock(value: unknown): value is Clock {
  return (
    isObject<Record<string, unknown>>(value) &&
    CLOCK_METHODS.every((method) => typeof value[method] === 'function')
  );
}

function isAutoStart(value: unknown): value is OrchestratorSettings['autoStart'] {
  return typeof value === 'boolean' || value === 'triggers';
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- named by who asks
function isFunction<Value extends (...given: never) => unknown>(value: unknown): value is Value {
  return typeof value === 'function';
}

function isKnownTimeZone(value: unknown): value is string {
  return typeof value === 'string' && isTimeZone(value);
}
