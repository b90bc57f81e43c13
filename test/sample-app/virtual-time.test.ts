import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppModule } from '../../sample-app/app.module.js';
import { AppConfig } from '../../sample-app/config/app-config.js';
import { BackUp } from '../../sample-app/maintenance/back-up.js';
import { Prober } from '../../sample-app/probes/prober.js';
import { ReportFiles } from '../../sample-app/reports/report-files.js';
import { Machine } from '../../sample-app/samples/machine.js';
import { Database } from '../../sample-app/storage/database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Each access to the database takes that long. */
const ACCESS = '300ms';

let app: INestApplicationContext;
let kit: OrchestratorTestKit;

beforeEach(async () => {
  const config = new AppConfig({
    DATA_DIR: temporaryFolder(),
    PROBE_URLS: 'http://localhost/',
    // It watches the real event loop.
    WORKER_OVERRIDES: '{"watch-event-loop":{"enabled":false}}',
  });
  const builder = Test.createTestingModule({ imports: [AppModule.with(config)] })
    .overrideProvider(Database)
    .useValue(slowDatabase())
    .overrideProvider(ReportFiles)
    .useValue({ removeBefore: () => undefined })
    .overrideProvider(BackUp)
    .useValue({ write: () => kit.clock.wait('5s') })
    .overrideProvider(Prober)
    .useValue({ probe: () => kit.clock.wait('1s') })
    .overrideProvider(Machine)
    .useValue({ measure: () => ({}) });
  const module = await OrchestratorTestingModule.override(builder, { seed: 1 }).compile();
  module.useLogger(false);
  app = await module.init();
  kit = OrchestratorTestKit.of(app);
});

afterEach(() => app.close());

function slowDatabase(): unknown {
  const slowly = async (): Promise<unknown[]> => {
    await kit.clock.wait(ACCESS);
    return [];
  };
  const series = {
    put: slowly,
    since: slowly,
    last: () => undefined,
    removeBefore: slowly,
  };
  return {
    samples: series,
    probes: series,
    rollUps: series,
    incidents: series,
    compact: slowly,
    sizeInBytes: () => 0,
  };
}

it('rolls up what it has collected, and looks for anomalies after that', async () => {
  await kit.startSchedules();
  await kit.clock.advance('59s');

  kit.expectOrder('collect-samples', 'roll-up', 'detect-anomalies');
  // Twelve due instants; those at 20 s and 40 s wait for the back-up, and fall together with the next ones.
  kit.expectRan('roll-up').times(10);
});

it('never prunes or backs up what is being rolled up, nor compacts while anything runs', async () => {
  await kit.startSchedules();
  await kit.clock.advance('20m');

  kit.expectNeverConcurrent('prune', 'roll-up');
  kit.expectNeverConcurrent('back-up', 'roll-up');
  kit.expectNeverConcurrent('back-up', 'prune');
  for (const other of ['collect-samples', 'roll-up', 'prune', 'back-up', 'probe-endpoints']) {
    kit.expectNeverConcurrent('compact', other);
  }
  kit.expectRan('compact').times(2);
});

it('compacts on demand, and nothing else runs', async () => {
  await kit.run('compact');

  kit.expectRan('compact').times(1);
  kit.expectNeverRan('collect-samples');
  expect(kit.clock.now() - kit.clock.startedAt.getTime()).toBe(300);
});
