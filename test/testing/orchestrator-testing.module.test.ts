import { Test } from '@nestjs/testing';
import { OrchestratorModule, OrchestratorService } from 'nestjs-orchestrator';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { opened, testData } from './kit.js';
import { AppModule, DataModule } from './workers.js';

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
