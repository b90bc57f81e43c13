import { AssertionError } from 'node:assert';
import { OrchestratorService } from 'nestjs-orchestrator';
import { describe, expect, it } from 'vitest';
import { testData } from './kit.js';

/** What the expectation fails with. */
function failureOf(expectation: () => unknown): string {
  try {
    expectation();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return (error as AssertionError).message;
  }
  return 'it holds';
}

describe('expectRan', () => {
  it('tells why a worker did not run, and what happened instead', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).disableWorker('fetch-data', 'too expensive');
    await kit.startSchedules();
    await kit.clock.advance('1h');

    expect(failureOf(() => kit.expectRan('fetch-data'))).toBe(
      [
        'Expected "fetch-data" to run, but it did not.',
        '',
        '"fetch-data" is disabled; held back: DISABLED (too expensive).',
        '',
        'Timeline, now +1h after 2026-01-01T00:00:00.000Z:',
        '  +0s  the orchestrator started',
        '  +0s  fetch-data disabled: too expensive',
        '  +0s  process-data due',
        '  +0s  clean-up due',
        '  +0s  process-data waiting: DEPENDENCY by fetch-data',
        '  +0s  clean-up started',
        '  +0s  clean-up succeeded',
        '  +1h  clean-up due',
        '  +1h  clean-up started',
        '  +1h  clean-up succeeded',
      ].join('\n'),
    );
  });

  it('hints at schedules that are off', async () => {
    const { kit } = await testData();
    await kit.clock.advance('1h');

    expect(failureOf(() => kit.expectRan('fetch-data'))).toContain(
      '"fetch-data" is idle; nothing is due. Schedules are off: await kit.startSchedules()',
    );
  });

  it('knows a name that was misspelt', async () => {
    const { kit } = await testData();

    expect(failureOf(() => kit.expectRan('fetch-date'))).toContain(
      'There is no worker "fetch-date". Did you mean "fetch-data"?',
    );
  });

  it('counts runs, not attempts', async () => {
    const { kit, source } = await testData();
    source.fetch = () => Promise.reject(new Error('no network'));
    await kit.run('fetch-data').catch(() => undefined);

    expect(failureOf(() => kit.expectRan('fetch-data').times(1))).toBe('it holds');
    expect(failureOf(() => kit.expectRan('fetch-data').times(2))).toContain(
      'Expected "fetch-data" to run 2 times, but it ran once (at +0s).',
    );
  });

  it('tells at which instants it ran instead', async () => {
    const { kit } = await testData({ schedules: true });
    await kit.clock.advance('1h');

    expect(failureOf(() => kit.expectRan('fetch-data').at('1h', '90m'))).toContain(
      'Expected "fetch-data" to run at +1h 30m, but it ran 2 times (at +0s, +1h).',
    );
    expect(() => kit.expectRan('fetch-data').at('2026-13-01T00:00Z')).toThrow(RangeError);
  });

  it('is about what happened since the rest was forgotten', async () => {
    const { kit } = await testData();
    await kit.run('report');
    kit.forget();

    kit.expectNeverRan('report');
    await kit.run('report');
    expect(failureOf(() => kit.expectNeverRan('report'))).toContain(
      'Expected "report" never to run, but it ran once (at +0s).',
    );
  });
});

describe('expectOrder', () => {
  it('holds where each began after the one before had ended', async () => {
    const { kit } = await testData({ schedules: true });
    await kit.clock.advance('1h');

    expect(failureOf(() => kit.expectOrder('fetch-data', 'process-data', 'fetch-data'))).toBe(
      'it holds',
    );
  });

  it.each([
    [['report', 'fetch-data'], '"fetch-data" began before "report" had ended.'],
    [['report', 'process-data'], '"process-data" did not run.'],
    [['report', 'report'], '"report" (run 2) did not run.'],
  ])('fails for %j: %s', async (order, problem) => {
    const { kit, source } = await testData();
    source.fetch = () => kit.clock.wait('2s');
    await Promise.all([kit.run('fetch-data'), kit.run('report')]);

    expect(failureOf(() => kit.expectOrder(...order))).toContain(
      `Expected ${order.join(' → ')}, but ${problem}`,
    );
  });
});

describe('expectNeverConcurrent', () => {
  it('holds for workers in conflict', async () => {
    const { kit, source } = await testData({ schedules: true });
    source.fetch = () => kit.clock.wait('5s');
    await kit.clock.advance('2h');

    kit.expectNeverConcurrent('clean-up', 'fetch-data', 'process-data');
    kit.expectNeverConcurrent('fetch-data');
  });

  it('names the two that met, and shows when', async () => {
    const { kit, source } = await testData();
    source.fetch = () => kit.clock.wait('5s');
    await Promise.all([kit.run('fetch-data'), kit.run('report')]);

    expect(failureOf(() => kit.expectNeverConcurrent('report', 'fetch-data'))).toContain(
      'Expected "report", "fetch-data" never to run at the same time, but ' +
        '"report" began at +0s, while "fetch-data" was running.',
    );
  });

  it('fails where one of them did not run at all', async () => {
    const { kit } = await testData();
    await kit.run('report');

    expect(failureOf(() => kit.expectNeverConcurrent('report', 'clean-up'))).toContain(
      '"clean-up" did not run at all, which proves nothing.',
    );
  });
});

describe('expectOrder, of a run with several attempts,', () => {
  it('fails where the second ran while the first was backing off', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => Promise.reject(new Error('no network'));
    const run = await app.get(OrchestratorService).triggerWorker('fetch-data');
    await kit.clock.advance(1);
    await kit.run('report');
    expect(await run.status()).toBe('backing-off');

    expect(() => {
      kit.expectOrder('fetch-data', 'report');
    }).toThrow();
  });

  it('fails where the second ran before the first was cancelled while backing off', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => Promise.reject(new Error('no network'));
    const run = await app.get(OrchestratorService).triggerWorker('fetch-data');
    await kit.clock.advance(1);
    await kit.run('report');
    await run.cancel();
    await kit.clock.advance(1);

    expect(() => {
      kit.expectOrder('fetch-data', 'report');
    }).toThrow();
  });
});

describe('forget()', () => {
  it('leaves out a run that started before', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => kit.clock.wait('10s');
    await app.get(OrchestratorService).triggerWorker('fetch-data');
    await kit.clock.advance('1s');

    kit.forget();
    await kit.clock.advance('1s');

    expect(() => kit.expectRan('fetch-data')).toThrow();
    kit.expectNeverRan('fetch-data');
  });

  it('counts runs afterwards, not the later attempts of one that started before', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => Promise.reject(new Error('no network'));
    await app.get(OrchestratorService).triggerWorker('fetch-data');
    await kit.clock.advance('1s');

    kit.forget();
    await kit.clock.advance('1m');

    kit.expectNeverRan('fetch-data');
  });
});

describe('An expectation', () => {
  it('of expectNeverConcurrent is not empty where one worker is named twice', async () => {
    const { app, kit, source } = await testData();
    const orchestrator = app.get(OrchestratorService);
    await orchestrator.updateWorker('fetch-data', { concurrency: 2 });
    source.fetch = () => kit.clock.wait('10s');
    await orchestrator.triggerWorker('fetch-data');
    await orchestrator.triggerWorker('fetch-data');
    await kit.clock.advance('1m');

    expect(() => {
      kit.expectNeverConcurrent('fetch-data', 'fetch-data');
    }).toThrow();
  });

  it('reads an instant on the wall clock, and a duration in steady time', async () => {
    const { kit } = await testData();
    kit.clock.jumpWall(3_600_000);
    await kit.clock.advance('1m');
    await kit.run('report');

    expect(failureOf(() => kit.expectRan('report').at('2026-01-01T01:01:00Z', '1m'))).toBe(
      'it holds',
    );
    expect(failureOf(() => kit.expectRan('report').at('2026-01-01T00:01:00Z'))).toContain(
      'Expected "report" to run at 2026-01-01T00:01:00.000Z, but it ran once (at +1m, 2026-01-01T01:01:00.000Z).',
    );
  });

  it('tells an instant before the start of the clock as what it is', async () => {
    const { kit } = await testData();
    await kit.run('report');

    // "Expected "report" to run at +0s, but it ran once (at +0s)."
    expect(() => kit.expectRan('report').at('2025-12-31T23:00:00Z')).not.toThrow(
      'to run at +0s, but it ran once (at +0s)',
    );
  });

  it('does not hint at schedules that are off, where the application has started them', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).start();
    await kit.clock.advance('1s');

    expect(() => kit.expectRan('report')).not.toThrow('Schedules are off');
  });
});
