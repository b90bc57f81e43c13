import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OrchestratorModule, OrchestratorService, WorkerExecutionMode } from 'nestjs-orchestrator';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { testData } from './kit.js';
import { DataModule } from './workers.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('Who tests for the first time is told', () => {
  it('to let the dependencies of a run run first', async () => {
    const { kit } = await testData();

    await expect(kit.run('process-data')).rejects.toThrow(
      'Schedules are off: let what it waits for run first, by kit.run(), or await kit.startSchedules().',
    );
  });

  it('to let a body that is to time out wait on the clock', async () => {
    const { kit, source } = await testData({ patience: '10ms' });
    source.fetch = never;

    await expect(kit.run('fetch-data')).rejects.toThrow("kit.clock.wait('1h', { signal })");
  });

  it('that advance() does not wait for what is real', async () => {
    const { kit, source } = await testData();
    source.fetch = never;
    await kit.startSchedules();
    await kit.clock.advance('3h');

    const hint =
      'Its body awaits something real, for which advance() does not wait: give that a stand-in.';
    expect(() => kit.expectRan('fetch-data').times(4)).toThrow(hint);
    expect(() => kit.expectRan('process-data')).not.toThrow(hint);
  });

  it('the first instants of many', async () => {
    const { kit } = await testData();
    await kit.startSchedules();
    await kit.clock.advance('2d');

    expect(() => kit.expectRan('fetch-data').times(2)).toThrow(
      'ran 49 times (at +0s, +1h, +2h, +3h, +4h, +5h, +6h, +7h, +8h, +9h and so on).',
    );
  });

  it('to override an orchestrator that the application imports already', async () => {
    @Module({ imports: [OrchestratorModule.forRoot(), DataModule] })
    class AppModule {}
    const building = Test.createTestingModule({
      imports: [OrchestratorTestingModule.forRoot(), AppModule],
    });

    await expect(building.compile()).rejects.toThrow('OrchestratorTestingModule.override()');
  });

  it('that the application has not been initialised', async () => {
    const app = await Test.createTestingModule({
      imports: [OrchestratorTestingModule.forRoot(), DataModule],
    }).compile();

    await expect(OrchestratorTestKit.of(app).run('report')).rejects.toThrow('await app.init()');
    await app.close();
  });
});

it('An application closes in peace after a worker without end', async () => {
  const { app, kit } = await testData();
  await app.get(OrchestratorService).registerWorker('watch', async () => undefined, {
    executionMode: WorkerExecutionMode.CONTINUOUS,
  });
  await kit.startSchedules();
  await expect(kit.clock.advance('1s')).rejects.toThrow('Time cannot go on');

  await expect(app.close()).resolves.toBeUndefined();
  expect(kit.clock.pending).toBe(0);
});
