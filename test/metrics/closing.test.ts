import { expect, it } from 'vitest';
import { OpenTelemetry } from '../../lib/metrics/open-telemetry/open-telemetry.js';
import { PrometheusMetrics } from '../../lib/metrics/prometheus/prometheus-metrics.js';
import type { Orchestration } from '../../lib/orchestration.js';
import type { OrchestratorService } from 'nestjs-orchestrator';

const orchestrator = {} as unknown as OrchestratorService;
const followers = new Set<unknown>();
const orchestration = {
  instrument: () => undefined,
  follow: (listener: unknown) => {
    followers.add(listener);
    return () => followers.delete(listener);
  },
} as unknown as Orchestration;

it.each([
  ['Prometheus', () => new PrometheusMetrics(orchestrator, orchestration, {})],
  ['OpenTelemetry', () => new OpenTelemetry(orchestrator, orchestration, {})],
])('%s hears no event once the application is closed', (_name, start) => {
  const metrics = start();
  expect(followers.size).toBeGreaterThan(0);

  metrics.onModuleDestroy();

  expect(followers.size).toBe(0);
});
