import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  inProcess,
  OrchestratorModule,
  OrchestratorService,
  WorkerExecutionMode,
  type OrchestratorOptions,
} from 'nestjs-orchestrator';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { opened, testData } from './kit.js';
import { AppModule, DataModule } from './workers.js';

/** Lets the real event loop turn, and tells whether the promise has settled meanwhile. */
async function settlesWithin(turns: number, promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  promise.then(end, end);
  for (let turn = 0; turn < turns; turn++) {
    await nextTurn();
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set meanwhile
    if (isOver) return true;
  }
  return false;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What takes real time, as I/O does. */
async function realTurns(turns: number): Promise<string> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
  return 'real';
}

describe('OrchestratorTestingModule', () => {
  it('lets nothing fall due by schedule, and triggered runs start', async () => {
    const { app, kit } = await testData();

    await kit.clock.advance('3h');
    kit.expectNeverRan('fetch-data');
    const status = await app.get(OrchestratorService).getStatus();
    expect(status.state).toBe('running');
    expect(status.workerStates.map(({ nextDueAt }) => nextDueAt)).not.toContainEqual(
      expect.any(Date),
    );

    expect(await kit.run('fetch-data', { payload: { page: 7 } })).toEqual([7, 'data']);
  });

  it('counts schedules from when they are started', async () => {
    const { kit } = await testData();
    await kit.clock.advance('10m');

    await kit.startSchedules();
    await kit.clock.advance('3h');

    kit.expectRan('fetch-data').times(4).at('10m', '70m', '130m', '190m');
    kit.expectRan('process-data').times(2);
  });

  it('starts schedules with the application where that is asked for', async () => {
    const { kit } = await testData({ schedules: true });

    await kit.clock.advance('1h');

    kit.expectRan('fetch-data').times(2).at('0s', '2026-01-01T01:00:00Z');
  });

  it('leaves a worker that is registered later without a schedule, too', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).registerWorker('late', () => 'here', { interval: '1m' });

    await kit.clock.advance('1h');
    kit.expectNeverRan('late');
    expect(await kit.run('late')).toBe('here');

    await kit.startSchedules();
    await kit.clock.advance('1m');
    kit.expectRan('late').times(3);
  });

  it("overrides an application's own orchestrator, whose other options stay", async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const app = await OrchestratorTestingModule.override(builder, {
      start: '2030-06-01T00:00Z',
    }).compile();
    const { kit, source } = opened(await app.init());
    source.fetch = () => kit.clock.wait('5s');

    await Promise.all([kit.run('report'), kit.run('fetch-data')]);
    await Promise.all([kit.run('clean-up'), kit.run('report')]);

    kit.expectNeverConcurrent('clean-up', 'report');
    kit.expectRan('fetch-data').at(new Date('2030-06-01T00:00:00Z'));
  });

  it('says how to prepare an application that is not', async () => {
    const app = await Test.createTestingModule({
      imports: [OrchestratorModule.forRoot({ autoStart: false }), DataModule],
    }).compile();

    expect(() => OrchestratorTestKit.of(app)).toThrow(
      'OrchestratorTestingModule.override(builder)',
    );
    await app.close();
  });
});

describe('A triggered run', () => {
  it('lets time pass for what it waits for', async () => {
    const { kit, source } = await testData();
    let fetches = 0;
    source.fetch = async () => {
      await kit.clock.wait('3s');
      if (++fetches === 1) throw new Error('not yet');
      return 'late data';
    };

    expect(await kit.run('fetch-data')).toEqual([0, 'late data']);

    const passedMs = kit.clock.now() - kit.clock.startedAt.getTime();
    expect(passedMs).toBeGreaterThanOrEqual(3_000 + 5_000 + 3_000);
    expect(passedMs).toBeLessThanOrEqual(3_000 + 10_000 + 3_000);
  });

  it('rejects with what the worker threw', async () => {
    const { kit, source } = await testData();
    const fault = new Error('no network');
    source.fetch = () => Promise.reject(fault);

    await expect(kit.run('fetch-data')).rejects.toBe(fault);
  });

  it('does not time out over what is real', async () => {
    const { kit, source } = await testData();
    source.fetch = () => import('node:fs/promises').then(({ readdir }) => readdir('.'));

    await expect(kit.run('fetch-data')).resolves.toEqual([0, expect.any(Array)]);

    expect(kit.clock.now()).toBe(kit.clock.startedAt.getTime());
  });

  it('fails at the same instant in every test, although its backoff has jitter', async () => {
    const instants = new Set<number>();
    for (let test = 0; test < 3; test++) {
      const { kit, source } = await testData();
      source.fetch = () => Promise.reject(new Error('no network'));
      await expect(kit.run('fetch-data')).rejects.toThrow();
      instants.add(kit.clock.now());
    }
    expect(instants.size).toBe(1);
  });
});

describe('Closing the application', () => {
  it('lets time pass for a run that waits for it', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => kit.clock.wait('20s');
    await kit.startSchedules();
    await kit.clock.advance('10s');

    await app.close();

    kit.expectRan('fetch-data').times(1).at('0s');
    expect(kit.clock.now() - kit.clock.startedAt.getTime()).toBe(20_000);
    expect(kit.clock.pending).toBe(0);
  });

  it('gives up a run that never ends', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => new Promise(() => undefined);
    await kit.startSchedules();
    await kit.clock.advance('10ms');

    await app.close();

    const passedMs = kit.clock.now() - kit.clock.startedAt.getTime();
    // shutdownTimeout, then abortGrace.
    expect(passedMs).toBe(10 + 30_000 + 5_000);
    expect(kit.clock.pending).toBe(0);
  });

  it('leaves no timer on the clock', async () => {
    const { app, kit } = await testData({ schedules: true });
    await kit.clock.advance('3h');

    await app.close();

    expect(kit.clock.pending).toBe(0);
  });

  it('ends while time is advancing, too', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => kit.clock.wait('2h');
    await kit.startSchedules();

    await Promise.all([kit.clock.advance('1m'), app.close()]);

    expect((await app.get(OrchestratorService).getStatus()).state).toBe('stopped');
  });
});

describe('run(), beside others,', () => {
  it('lets time pass for a backoff, although another worker awaits something real', async () => {
    const { app, kit, source } = await testData();
    const orchestrator = app.get(OrchestratorService);
    let release: () => void = () => undefined;
    await orchestrator.registerWorker('other', () => new Promise<void>((end) => (release = end)));
    await orchestrator.triggerWorker('other');
    let fetches = 0;
    source.fetch = async () => {
      if (++fetches === 1) throw new Error('not yet');
    };

    const hasEnded = await settlesWithin(5_000, kit.run('fetch-data'));
    release();

    expect(hasEnded).toBe(true);
  });

  it('rejects where nothing that goes on will let the run start, and says why', async () => {
    const { kit } = await testData();

    await expect(kit.run('process-data')).rejects.toThrow(
      /^The run cannot start\. "process-data" is waiting; held back: DEPENDENCY by "fetch-data"/,
    );
  });
});

describe('Closing an application', () => {
  it('awaits the real I/O of the store of its engine', async () => {
    let isClosed = false;
    const store = {
      load: async () => [],
      save: async () => undefined,
      close: async () => {
        await realTurns(20);
        isClosed = true;
      },
    };
    const { app } = await testData({ engine: inProcess({ store }) });

    await app.close();

    expect(isClosed).toBe(true);
  });

  it('leaves no timer on the clock, not even that of a body which it gave up', async () => {
    const { app, kit, source } = await testData();
    source.fetch = () => kit.clock.wait('2h');
    await kit.startSchedules();
    await kit.clock.advance('1s');

    await app.close();

    expect(kit.clock.pending).toBe(0);
  });
});

describe('An application under test', () => {
  it('does not boot without the options that its own orchestrator would miss', async () => {
    @Module({
      imports: [
        OrchestratorModule.forRootAsync({
          useFactory: () => undefined as unknown as OrchestratorOptions,
        }),
        DataModule,
      ],
    })
    class AppWithoutOptions {}
    const real = await Test.createTestingModule({ imports: [AppWithoutOptions] }).compile();
    await expect(real.init()).rejects.toThrow('return one to forRootAsync()');

    const builder = Test.createTestingModule({ imports: [AppWithoutOptions] });
    const app = await OrchestratorTestingModule.override(builder).compile();
    await expect(app.init()).rejects.toThrow('return one to forRootAsync()');
  });
});

describe('Schedules that are off', () => {
  // README: "only triggered runs".
  it('starts no probe by itself', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).registerWorker(
      'w',
      () => {
        throw new Error('broken');
      },
      { interval: '1m', maxRetries: 0, maxConsecutiveFailures: 1, autoEnableAfter: '10m' },
    );
    await kit.run('w').catch(() => undefined);
    kit.forget();

    await kit.clock.advance('15m');

    kit.expectNeverRan('w');
  });
});

describe('Time', () => {
  it('tells what to do about a continuous worker whose body takes no time', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).registerWorker('watch', async () => undefined, {
      executionMode: WorkerExecutionMode.CONTINUOUS,
    });
    await kit.startSchedules();

    await expect(kit.clock.advance('1s')).rejects.toThrow('A CONTINUOUS worker');
  });

  it('names the continuous worker, long before a test runner loses its patience', async () => {
    const { app, kit } = await testData();
    await app.get(OrchestratorService).registerWorker('watch', async () => undefined, {
      executionMode: WorkerExecutionMode.CONTINUOUS,
    });
    await kit.startSchedules();

    await expect(kit.clock.advance('1s')).rejects.toThrow(
      /^Time cannot go on: "watch" runs for ever at \+0s\..*disableWorker\('watch'\)/,
    );

    expect(() => kit.expectNeverRan('watch')).toThrow(/it ran 5\d\d\d times/);
  });

  it('goes on through a long pipeline at one instant', async () => {
    const { app, kit } = await testData({ seed: 3 });
    const orchestrator = app.get(OrchestratorService);
    await orchestrator.registerWorker('step-0', async () => undefined, { interval: '1h' });
    for (let step = 1; step < 100; step++) {
      await orchestrator.registerWorker(`step-${String(step)}`, async () => undefined, {
        dependsOn: `step-${String(step - 1)}`,
        runAfterDependencies: true,
      });
    }
    await kit.startSchedules();

    await kit.clock.advance(0);

    kit.expectRan('step-99').at('0s');
  });
});
