import { SkipRunError, type RunContext } from 'nestjs-orchestrator';
import { describe, expect, it } from 'vitest';
import { bootScraped, type Scraped } from './scrape.js';

const never = (): Promise<never> => new Promise(() => undefined);
const fails = (): never => {
  throw new Error('no');
};

/** Every way in which a run can end in one process. */
async function everyEnding({ service, work, clock }: Scraped): Promise<void> {
  await work('good', {});
  await work('bad', { maxConsecutiveFailures: 0 }, fails);
  await work('slow', { timeout: '1s', abortGrace: '1s', maxConsecutiveFailures: 0 }, never);
  await work('unwanted', {}, never);
  await work('idle', {}, () => {
    throw new SkipRunError('nothing to do');
  });
  for (const name of ['good', 'good', 'bad', 'slow', 'idle']) await service.triggerWorker(name);
  const unwanted = await service.triggerWorker('unwanted');
  await clock.advance('5s');
  await unwanted.cancel();
  await clock.advance('5s');
}

describe('orchestrator_runs_total', () => {
  it('counts each run once, by how it ended', async () => {
    const scraped = await bootScraped();
    await everyEnding(scraped);

    expect(await scraped.values('orchestrator_runs_total')).toEqual({
      'worker=good,outcome=succeeded': 2,
      'worker=bad,outcome=failed': 1,
      'worker=slow,outcome=timed-out': 1,
      'worker=unwanted,outcome=cancelled': 1,
      'worker=idle,outcome=skipped': 1,
    });
  });

  it('shows 0 for a worker that has not run, so that its first failure, and its first retry, are a rise', async () => {
    const { work, scrape } = await bootScraped();
    await work('new', {});

    const { samples } = await scrape();

    for (const outcome of ['succeeded', 'failed', 'timed-out', 'cancelled', 'lost', 'skipped']) {
      expect(samples.get(`orchestrator_runs_total{worker="new",outcome="${outcome}"}`)).toBe(0);
    }
    expect(samples.get('orchestrator_retries_total{worker="new"}')).toBe(0);
  });

  it('B21: does not count a timed-out run again when it settles late', async () => {
    const { service, work, clock, values } = await bootScraped();
    let settle = (): void => undefined;
    const body = (): Promise<void> => new Promise((resolve) => (settle = resolve));
    await work('deaf', { timeout: '1s', abortGrace: '1s' }, body);
    await service.triggerWorker('deaf');
    await clock.advance('10s');

    settle();
    await clock.advance('10s');

    expect(await values('orchestrator_runs_total')).toEqual({ 'worker=deaf,outcome=timed-out': 1 });
    expect(await values('orchestrator_run_duration_seconds_count')).toEqual({ 'worker=deaf': 1 });
  });
});

it('counts attempts that were followed by another one', async () => {
  const { service, work, clock, values } = await bootScraped();
  const body = ({ attempt }: RunContext): void => {
    if (attempt < 3) fails();
  };
  await work('flaky', { maxRetries: 3, backoff: { type: 'fixed', delay: '1s', jitter: 0 } }, body);
  await service.triggerWorker('flaky');
  await clock.advance('1m');

  expect(await values('orchestrator_retries_total')).toEqual({ 'worker=flaky': 2 });
  expect(await values('orchestrator_run_lateness_seconds_count')).toEqual({ 'worker=flaky': 1 });
  expect(await values('orchestrator_runs_total')).toEqual({ 'worker=flaky,outcome=succeeded': 1 });
});

it('counts skipped due instants by what stood in their way, as the status does', async () => {
  const { service, work, clock, values } = await bootScraped();
  await work('busy', { interval: '1m' }, () => clock.wait('150s'));
  await work('held', { interval: '1m', blocks: 'busy', runOnStart: false }, () => undefined);
  await work('lazy', {}, () => {
    throw new SkipRunError('nothing to do');
  });
  await work('picky', { interval: '1h', runOnStart: false }, () => {
    throw new SkipRunError('nothing to do');
  });
  await service.triggerWorker('lazy');
  await clock.advance('10m');
  clock.stall('3h');
  await clock.advance('10m');

  const skipped = await values('orchestrator_skipped_total');

  expect(skipped).toMatchObject({
    'worker=busy,reason=ALREADY_RUNNING': expect.any(Number),
    'worker=held,reason=BLOCKED': expect.any(Number),
    'worker=lazy,reason=SKIPPED_BY_WORKER': 1,
    'worker=picky,reason=SKIPPED_BY_WORKER': 1,
  });
  expect(Object.keys(await values('orchestrator_runs_total'))).not.toContain(
    'worker=held,outcome=skipped',
  );
  for (const { name, counts } of (await service.getStatus()).workerStates) {
    const byReason = Object.entries(skipped).filter(([key]) => key.startsWith(`worker=${name},`));
    expect(byReason.reduce((sum, [, count]) => sum + count, 0)).toBe(counts.skipped);
  }
});

describe('histograms', () => {
  it('tell how long runs took, their backoffs included', async () => {
    const { service, work, clock, scrape, values } = await bootScraped();
    const body = async ({ attempt }: RunContext): Promise<void> => {
      await clock.wait('2s');
      if (attempt === 1) fails();
    };
    await work(
      'flaky',
      { maxRetries: 1, backoff: { type: 'fixed', delay: '10s', jitter: 0 } },
      body,
    );
    await service.triggerWorker('flaky');
    await clock.advance('1m');

    expect(await values('orchestrator_run_duration_seconds_sum')).toEqual({ 'worker=flaky': 14 });
    const { samples } = await scrape();
    const bucket = (le: string): number | undefined =>
      samples.get(`orchestrator_run_duration_seconds_bucket{le="${le}",worker="flaky"}`);
    expect([bucket('5'), bucket('15'), bucket('+Inf')]).toEqual([0, 1, 1]);
  });

  it('tell how long each gate held runs back, and how late they started', async () => {
    const { service, work, clock, values } = await bootScraped();
    await work('long', { priority: 'HIGH' }, () => clock.wait('40s'));
    await work('late', { blocks: 'long' }, () => clock.wait('5s'));
    await service.triggerWorker('long');
    await service.triggerWorker('late');
    await clock.advance('10s');
    await service.pauseWorker('late');
    await clock.advance('60s');
    await service.resumeWorker('late');
    await clock.advance('10s');

    expect(await values('orchestrator_run_wait_seconds_sum')).toEqual({
      'worker=late,reason=BLOCKED': 10,
      'worker=late,reason=PAUSED': 60,
    });
    expect(await values('orchestrator_run_lateness_seconds_sum')).toEqual({ 'worker=late': 70 });
    expect(await values('orchestrator_run_lateness_seconds_count')).toEqual({
      'worker=late': 1,
      'worker=long': 1,
    });
  });

  it('count the wait of a run that never starts', async () => {
    const { service, work, clock, values } = await bootScraped();
    await work('long', {}, () => clock.wait('40s'));
    await work('late', { blocks: 'long' });
    await service.triggerWorker('long');
    const late = await service.triggerWorker('late');
    await clock.advance('10s');
    await late.cancel();

    expect(await values('orchestrator_run_wait_seconds_sum')).toEqual({
      'worker=late,reason=BLOCKED': 10,
    });
    expect(await values('orchestrator_run_lateness_seconds_count')).toEqual({ 'worker=long': 1 });
  });

  it('tell the true wait when the wall clock is set back meanwhile', async () => {
    const { service, work, clock, values } = await bootScraped();
    await work('long', {}, () => clock.wait('40s'));
    await work('late', { blocks: 'long' });
    await service.triggerWorker('long');
    await service.triggerWorker('late');
    clock.jumpWall(-86_400_000);
    await clock.advance('1m');

    expect(await values('orchestrator_run_wait_seconds_sum')).toEqual({
      'worker=late,reason=BLOCKED': 40,
    });
  });
});
