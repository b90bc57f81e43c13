import { expect, it, vi } from 'vitest';
import { bootScraped } from './scrape.js';

vi.mock('@opentelemetry/api', () => {
  throw new Error("Cannot find package '@opentelemetry/api'");
});

it('serves Prometheus without the API of OpenTelemetry', async () => {
  const { values } = await bootScraped();

  expect(await values('orchestrator_state')).toEqual({ 'state=running': 1 });
});
