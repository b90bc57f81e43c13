import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { OpenTelemetry } from '../../lib/metrics/open-telemetry/open-telemetry.js';
import { PrometheusMetrics } from '../../lib/metrics/prometheus/prometheus-metrics.js';
import type { Orchestration } from '../../lib/orchestration.js';
import type { OrchestratorEvent, OrchestratorService } from 'nestjs-orchestrator';

const events = new Subject<OrchestratorEvent>();
const orchestrator = {} as unknown as OrchestratorService;
const orchestration = {
  instrument: () => undefined,
  decided: { events },
} as unknown as Orchestration;

it.each([
  ['Prometheus', () => new PrometheusMetrics(orchestrator, orchestration, {})],
  ['OpenTelemetry', () => new OpenTelemetry(orchestrator, orchestration, {})],
])('%s hears no event once the application is closed', (_name, start) => {
  const metrics = start();
  expect(events.observed).toBe(true);

  metrics.onModuleDestroy();

  expect(events.observed).toBe(false);
});
