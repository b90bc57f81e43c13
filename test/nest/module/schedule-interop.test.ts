import { Injectable } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { inProcess, Worker, type StateStore, type WorkerMemory } from 'nestjs-orchestrator';
import { describe, expect, it } from 'vitest';
import { boot, linesOf } from './boot.js';

@Injectable()
class Mixed {
  nightlyRuns = 0;

  @Worker({ name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC' })
  nightly(): void {
    this.nightlyRuns++;
  }

  @Worker({ name: 'often', interval: '1m' })
  often(): void {
    // Has no place in a list of cron jobs.
  }

  @Interval('theirs', 3_600_000)
  theirs(): void {
    // Stays where it was.
  }
}

async function bootBeside() {
  const booted = await boot({ imports: [ScheduleModule.forRoot()], providers: [Mixed] });
  return { ...booted, registry: booted.app.get(SchedulerRegistry) };
}

describe('Beside ScheduleModule', () => {
  it('lists its wake-up timer and cron workers, and leaves the intervals of others alone', async () => {
    const { registry } = await bootBeside();

    expect(registry.getIntervals()).toEqual(['theirs']);
    expect(registry.getTimeouts()).toEqual(['orchestrator']);
    expect([...registry.getCronJobs().keys()]).toEqual(['nightly']);
    expect(registry.getCronJob('nightly').nextDate().toJSDate()).toEqual(
      new Date('2026-01-01T03:00:00Z'),
    );
  });

  it('tells when a cron worker ran, and lets it be stopped and started again', async () => {
    const { registry, clock, service, app } = await bootBeside();
    const job = registry.getCronJob('nightly');
    await clock.advance('4h');
    expect(job.lastDate()).toEqual(new Date('2026-01-01T03:00:00Z'));

    await job.stop();
    await clock.advance('1d');
    expect((await service.getWorker('nightly')).state).toBe('paused');
    expect(app.get(Mixed).nightlyRuns).toBe(1);

    job.start();
    await clock.advance('1s');
    expect(app.get(Mixed).nightlyRuns).toBe(2);
  });

  it('follows workers that come, change and go', async () => {
    const { registry, work, service } = await bootBeside();

    await work('weekly', { cron: '0 0 * * 1', timeZone: 'UTC' });
    expect(registry.doesExist('cron', 'weekly')).toBe(true);

    await service.updateWorker('weekly', { cron: '0 12 * * 1', timeZone: 'UTC' });
    expect(registry.getCronJob('weekly').cronTime.source).toBe('0 12 * * 1');
    expect((await service.getWorker('weekly')).state).toBe('idle');

    await service.unregisterWorker('weekly');
    expect(registry.doesExist('cron', 'weekly')).toBe(false);
  });

  it('shows a worker that is paused, disabled or both as not active, whatever else changes', async () => {
    const { registry, service, clock } = await bootBeside();
    const isActive = (): boolean =>
      (registry.getCronJob('nightly') as unknown as { isActive: boolean }).isActive;
    expect(isActive()).toBe(true);
    await clock.advance('4h');

    await service.pauseWorker('nightly');
    expect(isActive()).toBe(false);
    await service.updateWorker('nightly', { description: 'at night' });
    expect(isActive()).toBe(false);
    expect(registry.getCronJob('nightly').lastDate()).toEqual(new Date('2026-01-01T03:00:00Z'));
    await service.disableWorker('nightly');
    await service.resumeWorker('nightly');
    expect(isActive()).toBe(false);
    await service.enableWorker('nightly');
    expect(isActive()).toBe(true);
  });

  it('shows a worker that a former process has disabled as not active', async () => {
    const saved = new Map<string, WorkerMemory>();
    const store: StateStore = {
      load: () => [...saved.values()],
      save: (memories) => {
        for (const memory of memories) saved.set(memory.worker, memory);
      },
    };
    const restart = async () => {
      const options = { engine: inProcess({ store }) };
      return boot({ imports: [ScheduleModule.forRoot()], providers: [Mixed], options });
    };
    const { service, app } = await restart();
    await service.disableWorker('nightly');
    await app.close();

    const { app: next } = await restart();
    expect(next.get(SchedulerRegistry).getCronJob('nightly')).toMatchObject({ isActive: false });
  });

  it('says so, and runs the worker all the same, where a name is taken', async () => {
    const { registry, work, logger } = await bootBeside();
    registry.addCronJob('taken', {} as never);

    await work('taken', { cron: '* * * * *' });

    expect(linesOf(logger, 'warn').join('\n')).toContain('"taken" is not listed');
  });

  it('takes its timer off the list when it stops', async () => {
    const { registry, service, clock } = await bootBeside();
    const stopping = service.stop();
    await clock.advance('1m');
    await stopping;

    expect(registry.getTimeouts()).toEqual([]);
  });

  it('is not heard of as pausing its cron workers when the application closes', async () => {
    const { app, registry, events, logger, clock } = await bootBeside();
    const closing = app.close();
    await clock.advance('1m');
    await closing;

    expect(events.map(({ type }) => type)).not.toContain('worker.paused');
    expect(linesOf(logger, 'log').at(-1)).toBe('orchestrator stopped');
    expect(registry.getCronJobs().size).toBe(0);
  });
});
