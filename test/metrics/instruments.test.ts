import { OrchestratorTelemetryModule } from 'nestjs-orchestrator/metrics';
import { expect, it, vi } from 'vitest';
import { COUNTERS, HISTOGRAMS, METRICS, type Metric } from '../../lib/metrics/catalogue.js';
import { bootScraped, type Scraped } from './scrape.js';
import { TelemetryLab, type Instrument } from './telemetry-lab.js';

const lab = new TelemetryLab();
/** Real time, and each of the two has a timer of its own. */
const REAL = HISTOGRAMS.eventLoopLateness.name;

async function busyMinutes({ service, work, clock }: Scraped): Promise<void> {
  await work('good', { interval: '1m' }, () => clock.wait('10s'));
  await work('bad', { maxRetries: 1 }, () => {
    throw new Error('no');
  });
  await work('held', { interval: '1m', blocks: 'good' });
  await service.triggerWorker('bad');
  await clock.advance('4m');
}

it('are named such that the exporter for Prometheus gives them the same names', () => {
  for (const { name, instrument, unit } of METRICS) {
    const isCounter = Object.values<Metric>(COUNTERS).some((counter) => counter.name === name);
    const suffix = (unit === 's' ? '_seconds' : '') + (isCounter ? '_total' : '');
    expect(instrument.replaceAll('.', '_') + suffix).toBe(name);
  }
});

it('show what Prometheus is shown, value by value', async () => {
  const scraped = await bootScraped({}, { imports: [OrchestratorTelemetryModule] });
  await busyMinutes(scraped);

  const instruments = await lab.instruments();
  const { samples } = await scraped.scrape();

  const told = new Map(instruments.flatMap(samplesOf).filter(([name]) => !name.startsWith(REAL)));
  // Prometheus is shown zeros of what there is none of.
  const scrapedOnes = [...samples].filter(
    ([name]) =>
      !name.startsWith(REAL) &&
      !name.includes('_bucket{') &&
      !name.startsWith('orchestrator_leader'),
  );
  expect(told.size).toBeGreaterThan(50);
  expect(told).toEqual(new Map(scrapedOnes));
});

it('carry units, descriptions and the bounds of their buckets', async () => {
  const scraped = await bootScraped({}, { imports: [OrchestratorTelemetryModule] });
  await busyMinutes(scraped);

  const instruments = await lab.instruments();

  expect(instruments.find(({ name }) => name === 'orchestrator.run.duration')).toMatchObject({
    unit: 's',
    description: HISTOGRAMS.duration.help,
    advice: { explicitBucketBoundaries: expect.arrayContaining([900, 3_600]) },
  });
});

it('are capped as those of Prometheus', async () => {
  const { service, work, clock } = await bootScraped(
    {},
    { imports: [OrchestratorTelemetryModule.forRoot({ maxWorkerLabels: 1 })] },
  );
  for (const name of ['first', 'second', 'third']) {
    await work(name, {});
    await service.triggerWorker(name);
  }
  await clock.advance(1);

  const runs = (await lab.instruments()).find(({ name }) => name === 'orchestrator.runs');

  expect(runs?.points).toContainEqual({
    attributes: { worker: '(other)', outcome: 'succeeded' },
    value: 2,
  });
});

it('of a worker that is gone add nothing up any more, though an SDK shows for ever what it was told last', async () => {
  const { service, work, clock } = await bootScraped(
    {},
    { imports: [OrchestratorTelemetryModule] },
  );
  await work('busy', {}, () => clock.wait('1h'));
  await work('gone', { interval: '1m', blocks: 'busy' });
  await service.triggerWorker('busy');
  await clock.advance('2m');
  const shown = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await lab.instruments()).flatMap(({ name, points }) =>
        points
          .filter(({ attributes: { worker } }) => worker === 'gone')
          .filter(() => name.startsWith('orchestrator.worker'))
          .map(({ attributes: { state }, value }) => [`${name} ${String(state)}`, value]),
      ),
    );
  expect(await shown()).toMatchObject({
    'orchestrator.worker.waiting undefined': 1,
    'orchestrator.worker.state waiting': 1,
    'orchestrator.worker.next_due_timestamp undefined': expect.any(Number),
  });

  await service.unregisterWorker('gone');

  for (let collection = 0; collection < 2; collection++) {
    expect(new Set(Object.values(await shown()))).toEqual(new Set([0]));
  }
});

it('would count twice for two imports, which are refused', async () => {
  const twice = [OrchestratorTelemetryModule, OrchestratorTelemetryModule.forRoot()];
  await expect(bootScraped({}, { imports: twice })).rejects.toThrow(
    'import it once, in the root module',
  );
});

it('are read no longer once the application is closed', async () => {
  const { app, service } = await bootScraped({}, { imports: [OrchestratorTelemetryModule] });
  const asked = vi.spyOn(service, 'getStatus');
  await lab.instruments();
  expect(asked).toHaveBeenCalledTimes(1);

  await app.close();

  await lab.instruments();
  expect(asked).toHaveBeenCalledTimes(1);
});

/** As Prometheus writes them. */
function samplesOf({ name, points }: Instrument): [string, number][] {
  const metric = METRICS.find(({ instrument }) => instrument === name)!;
  return points.flatMap(({ attributes, value }) => {
    const labels = metric.labels
      .map((label) => `${label}="${String(attributes[label])}"`)
      .join(',');
    const braces = labels === '' ? '' : `{${labels}}`;
    if (typeof value === 'number') return [[metric.name + braces, value]];
    return [
      [`${metric.name}_count${braces}`, value.count],
      [`${metric.name}_sum${braces}`, value.sum ?? NaN],
    ];
  });
}
