import { inProcess } from 'nestjs-orchestrator';
import { describe, expect, it, vi } from 'vitest';
import { FakeStore } from '../engine/fake-store.js';
import { bootScraped } from './scrape.js';

const fails = (): never => {
  throw new Error('no');
};

describe('of a worker', () => {
  it('tell its state, and what runs and waits', async () => {
    const { service, work, clock, values, scrape } = await bootScraped();
    await work('long', {}, () => clock.wait('1m'));
    await work('late', { blocks: 'long' });
    await work('off', { enabled: false });
    await work('idle', {});
    await service.triggerWorker('long');
    await service.triggerWorker('late');
    await service.triggerWorker('late');

    expect(await values('orchestrator_worker_state')).toEqual({
      'worker=long,state=running': 1,
      'worker=late,state=waiting': 1,
      'worker=off,state=disabled': 1,
      'worker=idle,state=idle': 1,
    });
    expect(
      (await scrape()).samples.get('orchestrator_worker_state{worker="off",state="idle"}'),
    ).toBe(0);
    expect(await values('orchestrator_worker_running')).toEqual({ 'worker=long': 1 });
    expect(await values('orchestrator_worker_waiting')).toEqual({ 'worker=late': 2 });
  });

  it('name an abandoned attempt until it settles', async () => {
    const { service, work, clock, values } = await bootScraped();
    let settle = (): void => undefined;
    const body = (): Promise<void> => new Promise((resolve) => (settle = resolve));
    await work('deaf', { timeout: '1s', abortGrace: '1s' }, body);
    await service.triggerWorker('deaf');
    await clock.advance('3s');
    expect(await values('orchestrator_worker_abandoned')).toEqual({ 'worker=deaf': 1 });

    settle();
    await clock.advance('1s');
    expect(await values('orchestrator_worker_abandoned')).toEqual({});
  });

  it('tell its consecutive failures, back at 0 after a success', async () => {
    const { service, work, clock, values } = await bootScraped();
    let body: () => void = fails;
    await work('flaky', { interval: '1m', maxConsecutiveFailures: 0 }, () => {
      body();
    });
    await clock.advance('150s');
    expect(await values('orchestrator_worker_consecutive_failures')).toEqual({ 'worker=flaky': 3 });

    body = () => undefined;
    await service.triggerWorker('flaky');
    await clock.advance(1);
    expect(await values('orchestrator_worker_consecutive_failures')).toEqual({});
  });

  it('tell in Unix time when it is next due and last succeeded, and nothing where there is no such time', async () => {
    const { work, clock, values, scrape } = await bootScraped();
    const start = clock.startedAt.getTime() / 1_000;
    await work('hourly', { interval: '1h' });
    await work('never', {});
    await clock.advance('90m');

    expect(await values('orchestrator_worker_next_due_timestamp_seconds')).toEqual({
      'worker=hourly': start + 7_200,
    });
    expect(await values('orchestrator_worker_last_success_timestamp_seconds')).toEqual({
      'worker=hourly': start + 3_600,
    });
    expect((await scrape()).text).not.toMatch(/timestamp_seconds\{worker="never"/);
  });

  it('tell how long it has been due once it is overdue, and not before', async () => {
    const { service, work, clock, values } = await bootScraped();
    let release = (): void => undefined;
    await work('long', {}, () => new Promise<void>((resolve) => (release = resolve)));
    await work('late', { blocks: 'long', interval: '1h', runOnStart: false, overdueAfter: '2m' });
    await service.triggerWorker('long');
    await clock.advance('61m');
    expect(await values('orchestrator_worker_overdue_seconds')).toEqual({});

    await clock.advance('2m');
    expect(await values('orchestrator_worker_overdue_seconds')).toEqual({ 'worker=late': 180 });

    release();
    await clock.advance('1m');
    expect(await values('orchestrator_worker_overdue_seconds')).toEqual({});
  });

  it('count a due instant that nobody took notice of, because the event loop is stuck', async () => {
    const { work, clock, values } = await bootScraped();
    await work('hourly', { interval: '1h', runOnStart: false, overdueAfter: '2m' });
    await clock.advance('59m');

    clock.stall('5m');

    expect(await values('orchestrator_worker_overdue_seconds')).toEqual({ 'worker=hourly': 240 });
  });

  it('are gone when it is unregistered, while its counts stay', async () => {
    const { service, work, clock, scrape } = await bootScraped();
    await work('brief', {});
    await service.triggerWorker('brief');
    await clock.advance(1);
    expect((await scrape()).text).toContain('orchestrator_worker_running{worker="brief"');
    await service.unregisterWorker('brief');

    const { text } = await scrape();

    expect(text).not.toContain('orchestrator_worker_running{worker="brief"');
    expect(text).toContain('orchestrator_runs_total{worker="brief",outcome="succeeded"} 1');
  });
});

describe('of the orchestrator', () => {
  it('tell its state, its capacity and whether it is held', async () => {
    const { service, values, clock } = await bootScraped(
      {},
      { options: { maxConcurrentWorkers: 7 } },
    );
    expect(await values('orchestrator_state')).toEqual({ 'state=running': 1 });
    expect(await values('orchestrator_max_concurrent_workers')).toEqual({ '': 7 });
    expect(await values('orchestrator_paused')).toEqual({});

    await service.pause();
    expect(await values('orchestrator_paused')).toEqual({ '': 1 });

    const stopping = service.stop();
    await clock.advance('1m');
    await stopping;
    expect(await values('orchestrator_state')).toEqual({ 'state=stopped': 1 });
  });

  it('tell whether the engine can do its work', async () => {
    const store = new FakeStore('async');
    const { work, clock, values } = await bootScraped(
      {},
      { options: { engine: inProcess({ store }) } },
    );
    expect(await values('orchestrator_engine_reachable')).toEqual({ '': 1 });

    store.saveFault = new Error('the disk is full');
    void work('new', { interval: '1s' });
    await clock.advance('1m');
    expect(await values('orchestrator_engine_reachable')).toEqual({});
    store.saveFault = undefined;
    await clock.advance('5m');
  });
});

describe('of a fleet', () => {
  it.each([
    ['leads', 'web-1', 1],
    ['does not', 'web-2', 0],
  ])('tell the term, and whether this replica leads: it %s', async (_, self, leads) => {
    const { service, scrape } = await bootScraped();
    const status = await service.getStatus();
    const fleet = { term: 7, leader: 'web-1', self, replicas: [] };
    vi.spyOn(service, 'getStatus').mockResolvedValue({ ...status, fleet });

    const { samples } = await scrape();
    expect(samples.get('orchestrator_leader')).toBe(leads);
    expect(samples.get('orchestrator_leader_term')).toBe(7);
  });

  it('show nothing of what is the same on all replicas while nobody leads', async () => {
    const { service, work, scrape, values } = await bootScraped();
    await work('fleetwide', {});
    await work('each', { scope: 'replica' });
    const status = await service.getStatus();
    const fleet = { term: 7, leader: '', self: 'web-1', replicas: [] };
    const engineProblem = 'no answer';
    vi.spyOn(service, 'getStatus').mockResolvedValue({ ...status, fleet, engineProblem });

    const { samples } = await scrape();
    expect(samples.get('orchestrator_leader')).toBe(0);
    expect(samples.get('orchestrator_engine_reachable')).toBe(0);
    expect(samples.has('orchestrator_paused')).toBe(false);
    expect(Object.keys(await values('orchestrator_waiting_runs')).join()).not.toContain(
      'fleetwide',
    );
  });

  it('know of no leader in one process', async () => {
    const { values } = await bootScraped();

    expect(await values('orchestrator_leader')).toEqual({});
    expect(await values('orchestrator_leader_term')).toEqual({});
  });
});

it('asks for the status once for all gauges', async () => {
  const { service, scrape } = await bootScraped();
  const asked = vi.spyOn(service, 'getStatus');

  await Promise.all([scrape(), scrape()]);
  expect(asked).toHaveBeenCalledTimes(1);

  await scrape();
  expect(asked).toHaveBeenCalledTimes(2);
});
