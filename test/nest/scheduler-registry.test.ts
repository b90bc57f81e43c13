import { Injectable, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, expect, it, vi } from 'vitest';
import {
  cronEntry,
  wakeUpEntry,
  type CronWorkerControl,
} from '../../lib/discovery/scheduler-entries.js';
import { findSchedulerRegistry } from '../../lib/discovery/scheduler-registry.js';

let app: TestingModule | undefined;

afterEach(() => app?.close());

async function boot(...imports: NonNullable<Parameters<typeof Module>[0]['imports']>) {
  app = await Test.createTestingModule({ imports }).compile();
  await app.init();
  return app.get(ModulesContainer);
}

it('finds the registry of the application', async () => {
  const modules = await boot(ScheduleModule.forRoot());

  expect(findSchedulerRegistry(modules)).toBe(app?.get(SchedulerRegistry));
});

it('finds none where ScheduleModule is not imported', async () => {
  expect(findSchedulerRegistry(await boot())).toBeUndefined();
});

it('takes no class of the same name for the registry', async () => {
  const Impostor = { SchedulerRegistry: class SchedulerRegistry {} }.SchedulerRegistry;
  @Module({ providers: [Impostor, { provide: 'SchedulerRegistry', useValue: null }] })
  class OtherModule {}

  expect(findSchedulerRegistry(await boot(OtherModule))).toBeUndefined();
});

it('asks nothing of a provider of another name', async () => {
  const asked = vi.fn();
  class Other {
    get doesExist() {
      return asked() as unknown;
    }
  }
  @Module({ providers: [Other] })
  class OtherModule {}

  expect(findSchedulerRegistry(await boot(OtherModule))).toBeUndefined();
  expect(asked).not.toHaveBeenCalled();
});

@Injectable()
class Existing {
  @Cron('0 0 * * *', { name: 'existing' })
  nightly() {
    // It only has to be there.
  }
}

@Module({ providers: [Existing] })
class ExistingModule {}

it('shows a cron worker beside the cron jobs of the application', async () => {
  const registry = findSchedulerRegistry(await boot(ScheduleModule.forRoot(), ExistingModule))!;
  const control = controlOf({ nextDueAt: () => new Date('2026-11-25T03:00:00Z') });
  registry.addCronJob('nightly-report', cronEntry(control) as never);

  const job = app!.get(SchedulerRegistry).getCronJob('nightly-report');
  expect([...registry.getCronJobs().keys()]).toEqual(['existing', 'nightly-report']);
  expect(job.nextDate().toJSDate()).toEqual(new Date('2026-11-25T03:00:00Z'));
  expect(job.nextDate().toISO()).toBe('2026-11-25T03:00:00.000Z');
  expect(Number(job.nextDate())).toBe(Date.UTC(2026, 10, 25, 3));
  expect(job.lastDate()).toBeNull();
  expect(job.cronTime.source).toBe('0 3 * * *');
  expect(() => {
    registry.addCronJob('nightly-report', cronEntry(control) as never);
  }).toThrow('nightly-report');
});

it('controls a cron worker through its entry', async () => {
  const registry = findSchedulerRegistry(await boot(ScheduleModule.forRoot()))!;
  const control = controlOf({});
  registry.addCronJob('nightly-report', cronEntry(control) as never);
  const job = app!.get(SchedulerRegistry).getCronJob('nightly-report');

  await job.fireOnTick();
  job.start();
  registry.deleteCronJob('nightly-report');

  expect(control.trigger).toHaveBeenCalledTimes(1);
  expect(control.resume).toHaveBeenCalledTimes(1);
  expect(control.pause).toHaveBeenCalledTimes(1);
  expect(registry.doesExist('cron', 'nightly-report')).toBe(false);
});

it('keeps the wake-up timer alive when its entry is deleted', async () => {
  const registry = findSchedulerRegistry(await boot(ScheduleModule.forRoot()))!;
  const entry = wakeUpEntry(() => new Date(0));
  registry.addTimeout('orchestrator', entry);
  expect(registry.getTimeouts()).toEqual(['orchestrator']);

  registry.deleteTimeout('orchestrator');

  expect(registry.getTimeouts()).toEqual([]);
  expect(entry).toEqual({ nextWakeAt: new Date(0) });
});

it('lets ScheduleModule clear what is left when the application closes', async () => {
  const registry = findSchedulerRegistry(await boot(ScheduleModule.forRoot()))!;
  registry.addTimeout(
    'orchestrator',
    wakeUpEntry(() => undefined),
  );
  registry.addCronJob('nightly-report', cronEntry(controlOf({})) as never);

  await app!.close();

  expect(registry.getTimeouts()).toEqual([]);
  expect(registry.getCronJobs().size).toBe(0);
});

function controlOf(parts: Partial<CronWorkerControl>) {
  return {
    pattern: '0 3 * * *',
    timeZone: 'Europe/Vienna',
    isActive: () => true,
    nextDueAt: () => undefined,
    lastRunAt: () => undefined,
    resume: vi.fn(),
    pause: vi.fn(),
    trigger: vi.fn(),
    ...parts,
  } satisfies CronWorkerControl;
}
