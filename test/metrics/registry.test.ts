import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS, METRICS } from '../../lib/metrics/catalogue.js';
import { bootScraped } from './scrape.js';

it('shows every metric of the catalogue, each with its type and help, and no other', async () => {
  const { work, scrape } = await bootScraped();
  await work('any', {});

  const { helps, types } = await scrape();

  expect(new Set(helps.keys())).toEqual(new Set(METRICS.map(({ name }) => name)));
  for (const { name, help } of METRICS) expect(helps.get(name)).toBe(help);
  for (const { name } of Object.values(COUNTERS)) expect(types.get(name)).toBe('counter');
  for (const { name } of Object.values(HISTOGRAMS)) expect(types.get(name)).toBe('histogram');
  for (const { name } of Object.values(GAUGES)) expect(types.get(name)).toBe('gauge');
});

it('names metrics as Prometheus asks: counters are totals, times are in seconds', () => {
  for (const { name } of METRICS) expect(name).toMatch(/^orchestrator_[a-z_]+$/);
  for (const { name } of Object.values(COUNTERS)) expect(name).toMatch(/_total$/);
  for (const { name, unit } of METRICS) expect(name.endsWith('_seconds')).toBe(unit === 's');
});

it('shares the registry of the application, and leaves it as it was', async () => {
  const registry = new Registry();
  new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(3);
  const first = await bootScraped({ registry });

  expect(await first.values('orders_total')).toEqual({ '': 3 });
  expect(await first.values('orchestrator_state')).toEqual({ 'state=running': 1 });

  await first.app.close();
  expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['orders_total']);
  const second = await bootScraped({ registry });
  expect(await second.values('orchestrator_state')).toEqual({ 'state=running': 1 });
});

it('keeps the metrics of two applications in one process apart', async () => {
  const [one, other] = [await bootScraped(), await bootScraped()];
  await one.work('mine', {});

  expect((await one.scrape()).text).toContain('mine');
  expect((await other.scrape()).text).not.toContain('mine');
});

it('shows what becomes of the runs while the application drains', async () => {
  const { app, service, work, clock, values } = await bootScraped();
  await work('slow', {}, () => clock.wait('10s'));
  await service.triggerWorker('slow');
  await clock.advance('1s');

  const closing = app.close();
  await clock.advance('1s');
  expect(await values('orchestrator_state')).toEqual({ 'state=draining': 1 });
  expect(await values('orchestrator_worker_running')).toEqual({ 'worker=slow': 1 });

  await clock.advance('1m');
  await closing;
});
