import { describe, expect, it } from 'vitest';
import { defineWorker } from '../../lib/core/definition/define-worker.js';
import type { DefinitionProblem } from '../../lib/core/definition/problem.js';
import type { WorkerOptions } from '../../lib/core/definition/worker-options.js';
import { WorkerDefinitionError } from '../../lib/core/errors.js';
import { JobPriority } from '../../lib/core/priority.js';
import { isValidName } from '../../lib/core/worker-name.js';
import { schedulerWith, TestScheduler, worker } from '../support/core/scheduler-with.js';

const problemsOf = (options: unknown, name: unknown = 'fetch'): readonly DefinitionProblem[] => {
  const defined = defineWorker({
    place: 'ReportsService.nightly',
    name: name as string,
    options: options as WorkerOptions,
  });
  return 'problems' in defined ? defined.problems : [];
};

describe('Bad options', () => {
  it.each([
    ...[0, -0, -1, NaN, Infinity, -Infinity, Number('1e400'), 0.4, 2 ** 53, 5n],
    ...['5', '', 'abc', '5 s', '-5s', '1e3ms', null, {}, [], true],
  ])('B02: refuse the interval %o, naming place, option, value and remedy', (interval) => {
    const [problem, ...others] = problemsOf({ interval });

    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      place: 'ReportsService.nightly',
      worker: 'fetch',
      option: 'interval',
      remedy: expect.stringContaining(`'30s'`),
    });
    expect(problem?.value).not.toBe('');
  });

  it.each(['250ms', '30s', '5m', '1h', '2d', '1.5h', 1, 2 ** 31, 2_592_000_000])(
    'accept the interval %o',
    (interval) => {
      expect(problemsOf({ interval })).toEqual([]);
    },
  );

  it.each([JobPriority.LOW, 'LOW', JobPriority.CRITICAL, 'CRITICAL'] as const)(
    'accept the priority %o',
    (priority) => {
      expect(problemsOf({ priority })).toEqual([]);
    },
  );

  it('are told with the name of the worker, also where its place happens to contain it', () => {
    const messageOf = (name: string): string =>
      new WorkerDefinitionError(problemsOf({ interval: 0 }, name)).message;

    expect(messageOf('fetch')).toContain('"fetch", ReportsService.nightly: interval = 0');
    expect(messageOf('nightly')).toContain('"nightly", ReportsService.nightly: interval = 0');
    expect(messageOf('ReportsService.nightly')).toContain('- ReportsService.nightly: interval = 0');
  });

  it('are all reported at once, in one message', () => {
    const problems = problemsOf({
      interval: 0,
      priority: 7,
      concurrency: 0,
      maxRetries: -1,
      overlap: 'maybe',
      timeout: 'soon',
      backoff: { type: 'random', delay: '1h', ceiling: '1s', jitter: 2 },
      dependsOn: ['', { worker: 'other', condition: 'lucky' }],
      tags: 'has\nbreak',
      groups: [5],
      retryIf: true,
      enabled: 'yes',
      intervall: '5s',
      nonsense: 1,
    });

    expect(problems.map(({ option }) => option).sort()).toEqual(
      [
        ...['backoff.ceiling', 'backoff.jitter', 'backoff.type', 'concurrency'],
        ...['dependsOn', 'dependsOn', 'enabled', 'groups', 'interval', 'intervall', 'maxRetries'],
        ...['nonsense', 'overlap', 'priority', 'retryIf', 'tags', 'timeout'],
      ].sort(),
    );
    expect(new WorkerDefinitionError(problems).message).toContain(
      'ReportsService.nightly: intervall = "5s" – did you mean "interval"?',
    );
  });

  it.each([
    [{ interval: '1m', cron: '* * * * *' }, 'cron'],
    [{ interval: '1m', executionMode: 'CONTINUOUS' }, 'executionMode'],
    [{ executionMode: 'SCHEDULED' }, 'executionMode'],
    [{ cadence: 'fixed-delay' }, 'cadence'],
    [{ timeZone: 'Europe/Vienna', interval: '1m' }, 'timeZone'],
    [{ cron: '* * * * *', timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ interval: '1m', jitter: '1m' }, 'jitter'],
    [{ runAfterDependencies: true }, 'runAfterDependencies'],
    [{ runAfterDependencies: true, dependsOn: [] }, 'runAfterDependencies'],
    [{ runAfterDependencies: true, interval: '1m', dependsOn: ['a'] }, 'runAfterDependencies'],
    [{ runAfterDependencies: true, dependsOn: ['a'], jitter: 5 }, 'jitter'],
    [{ dependsOn: ['a', 'a'] }, 'dependsOn'],
  ])('contradict each other: %o', (options, option) => {
    expect(problemsOf(options)).toEqual([expect.objectContaining({ option })]);
  });

  it.each([
    ...['0 0 31 2 *', '0 0 30 2 *', '* * * *', '* * * * * * *', '@daily', ''],
    ...['61 * * * *', 'a b c d e', '2026-01-01T00:00:00', 5, 'x'.repeat(10_000)],
  ])('B12: refuse the cron pattern %o within 200 ms', (cron) => {
    const began = performance.now();

    expect(problemsOf({ cron })).toEqual([expect.objectContaining({ option: 'cron' })]);
    expect(performance.now() - began).toBeLessThan(200);
  });

  it.each(['* * * 15 * 1', '0 0 29 2 1', '0 0 29 2 *'])(
    'B12: accept the rare cron pattern %o within 200 ms',
    (cron) => {
      const began = performance.now();

      expect(problemsOf({ cron })).toEqual([]);
      expect(performance.now() - began).toBeLessThan(200);
    },
  );

  it.each([null, 5, 'interval', [], () => undefined])('refuse %o for options', (options) => {
    expect(problemsOf(options)).toEqual([expect.objectContaining({ option: 'options' })]);
  });
});

const USABLE = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'],
  ...['a:b', 'a:b:c:d:e', 'x:y:1:UTC:5', '123', 'a/b', '../x', 'Größe', 'two words'],
];
const UNUSABLE = [
  ...['', ' ', ' a', 'a ', 'a  b', 'a\nb', 'a\u0000b', '💥', 'e\u0301', 'x'.repeat(129)],
  ...['x'.repeat(10_000), '<img src=x onerror=alert(1)>', '{{7*7}}', '*', 'tag:x', null, 5],
];

describe('Names', () => {
  it.each(UNUSABLE)('B34: %o is refused by the one rule', (name) => {
    expect(problemsOf({}, name)).toEqual([
      expect.objectContaining({ option: 'name', remedy: expect.stringContaining('1–128 letters') }),
    ]);
  });

  it('are not normalised: what is refused in one form is not accepted in another', () => {
    expect([isValidName('\u00e9'), isValidName('e\u0301')]).toEqual([true, false]);
  });

  it.each(USABLE)('B34: %o runs, is listed, explained, triggered and disabled', (name) => {
    const scheduler = schedulerWith(worker(name, { interval: '1m' }), worker('other'));

    expect(scheduler.tick(0)).toStart(name);
    expect(scheduler.end(name, { status: 'succeeded' })).toReport('run.succeeded');
    expect(scheduler.trigger(name)).toStart(name);
    expect(scheduler.step((core, now) => core.disable(name, 'test', now))).toReport(
      'worker.disabled',
      { worker: name },
    );
    expect(scheduler.explain(name)).toMatchObject({ worker: name, reason: 'DISABLED' });
    expect(JSON.parse(JSON.stringify(scheduler.status()))).toMatchObject({
      workerStates: [{ name, state: 'disabled' }, { name: 'other' }],
    });
  });
});

describe('Bad calls', () => {
  const scheduler = schedulerWith(worker('fetch'));

  it.each([
    ['enable', (name: string) => scheduler.core.enable(name, 0)],
    ['disable', (name: string) => scheduler.core.disable(name, '', 0)],
    ['pause', (name: string) => scheduler.core.pause(name, 0)],
    ['resume', (name: string) => scheduler.core.resume(name, 0)],
    ['trigger', (name: string) => scheduler.core.trigger(name, {}, 0)],
    ['remove', (name: string) => scheduler.core.remove(name, 0)],
    ['explain', (name: string) => scheduler.core.explain(name, 0)],
    ['viewWorker', (name: string) => scheduler.core.viewWorker(name, 0)],
    ['viewRuns', (name: string) => scheduler.core.viewRuns({ worker: name })],
  ])('%s refuses an unknown name and says the nearest known one', (_, call) => {
    expect(() => call('fech')).toThrow('There is no worker "fech". Did you mean "fetch"?');
  });

  it('cancel and abandon refuse an unknown run', () => {
    expect(() => scheduler.core.cancel('r99', '', 0)).toThrow('There is no run "r99"');
    expect(() => scheduler.core.abandon('r99', 0)).toThrow('There is no run "r99"');
  });

  it('are without any effect', () => {
    expect(scheduler.tick(0).effects.filter((effect) => !('at' in effect))).toEqual([]);
    expect(scheduler.status().waiting).toBe(0);
  });

  it('leave nothing half-registered', () => {
    const empty = new TestScheduler();

    expect(() =>
      empty.define(worker('a', { interval: 5 }), worker('b', { dependsOn: 'c' })),
    ).toThrow('"b" depends on "c"');
    expect(empty.core.definitions()).toEqual([]);
    empty.start();
    expect(empty.tick('1h').effects).toHaveLength(1);
  });
});
