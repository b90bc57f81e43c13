import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OTHER_WORKERS } from '../../lib/metrics/worker-labels.js';
import { readExposition } from './exposition.js';
import { bootScraped } from './scrape.js';
import { bootError } from '../nest/module/boot.js';
import { OrchestratorModule, OrchestratorService } from 'nestjs-orchestrator';
import { OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';

const TEN_THOUSAND = Array.from({ length: 10_000 }, (_, index) => `worker-${String(index)}`);

/** Registered before the boot, which defines them all at once. */
@Injectable()
class TenThousandWorkers {
  constructor(orchestrator: OrchestratorService) {
    for (const name of TEN_THOUSAND) void orchestrator.registerWorker(name, () => undefined);
  }
}

const SECRET = 'S3CRET';

describe('B78: workers beyond the cap', () => {
  it('are counted together, however many there are, and one line says so', async () => {
    const { service, clock, scrape, values, logger } = await bootScraped(
      { maxWorkerLabels: 10 },
      { options: { maxConcurrentWorkers: 10_000 }, providers: [TenThousandWorkers] },
    );
    for (const name of TEN_THOUSAND) await service.triggerWorker(name);
    await clock.advance(1);

    const { samples } = await scrape();
    const runs = await values('orchestrator_runs_total');

    expect(samples.size).toBeLessThan(1_000);
    expect(Object.keys(runs)).toHaveLength(11);
    expect(runs[`worker=${OTHER_WORKERS},outcome=succeeded`]).toBe(9_990);
    expect(runs['worker=worker-9,outcome=succeeded']).toBe(1);
    expect(await values('orchestrator_worker_state')).toMatchObject({
      [`worker=${OTHER_WORKERS},state=idle`]: 9_990,
    });
    const warnings = logger.warn.mock.calls.filter(([line]) =>
      String(line).includes('maxWorkerLabels'),
    );
    expect(warnings).toHaveLength(1);
  });

  it('show the worst of them', async () => {
    const { service, clock, work, values } = await bootScraped({ maxWorkerLabels: 1 });
    const start = clock.startedAt.getTime() / 1_000;
    const fails = (): never => {
      throw new Error('no');
    };
    await work('first', {});
    await work('soon', { interval: '1h', maxConsecutiveFailures: 0 });
    await work('later', { interval: '4h', maxConsecutiveFailures: 0 });
    await work('bad', { maxConsecutiveFailures: 0 }, fails);
    await work('worse', { maxConsecutiveFailures: 0 }, fails);
    for (const name of ['bad', 'worse', 'worse']) await service.triggerWorker(name);
    await clock.advance('90m');

    const other = `worker=${OTHER_WORKERS}`;
    expect(await values('orchestrator_worker_consecutive_failures')).toEqual({ [other]: 2 });
    expect(await values('orchestrator_worker_next_due_timestamp_seconds')).toEqual({
      [other]: start + 7_200,
    });
    expect(await values('orchestrator_worker_last_success_timestamp_seconds')).toEqual({
      [other]: start,
    });
  });

  it.each([0, 1.5, -1, NaN])('refuse to be more than %s at boot', async (maxWorkerLabels) => {
    const error = await bootError({
      imports: [
        OrchestratorModule.forRoot(),
        OrchestratorMetricsModule.forRoot({ maxWorkerLabels }),
      ],
    });

    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain('maxWorkerLabels');
  });
});

it('B73, B78: shows no id of a run, no error text and no payload', async () => {
  const { service, work, clock, scrape } = await bootScraped();
  await work('leaky', { maxRetries: 1 }, () => {
    throw new Error(`connect postgres://u:${SECRET}@db/x`);
  });
  const run = await service.triggerWorker('leaky', { payload: { token: SECRET } });
  await clock.advance('5m');
  await service.triggerWorker('leaky');
  await service.pauseWorker('leaky');
  await clock.advance('5m');
  await service.resumeWorker('leaky');
  await clock.advance('5m');
  await service.disableWorker('leaky', SECRET);

  const { text, samples } = await scrape();

  expect(text).not.toMatch(/S3CRET|postgres/);
  expect(text).not.toContain(run.id);
  const labels = [...samples.keys()].flatMap((series) => series.match(/\w+(?==")/g) ?? []);
  expect(new Set(labels)).toEqual(new Set(['worker', 'outcome', 'reason', 'state', 'le']));
});

it('B34: gives valid text whatever the workers are called', async () => {
  const { service, work, clock, values } = await bootScraped();
  const names = [
    ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', '123', '../x', 'a:b:c'],
    ...['é', '数据', 'two words', '#', 'x'.repeat(128)],
  ];
  for (const name of names) {
    await work(name, {});
    await service.triggerWorker(name);
  }
  await clock.advance(1);

  expect(await values('orchestrator_runs_total')).toEqual(
    Object.fromEntries(names.map((name) => [`worker=${name},outcome=succeeded`, 1])),
  );
});

it('reads a scrape strictly', () => {
  expect(() => readExposition('a{b="c"} 1\na{b="c"} 2')).toThrow('Twice');
  expect(() => readExposition('<html>')).toThrow('No sample');
});
