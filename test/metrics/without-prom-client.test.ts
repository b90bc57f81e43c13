import {
  OrchestratorMetricsModule,
  OrchestratorTelemetryModule,
} from 'nestjs-orchestrator/metrics';
import { expect, it, vi } from 'vitest';
import { OrchestratorModule } from 'nestjs-orchestrator';
import { boot, bootError } from '../nest/module/boot.js';

vi.mock('prom-client', () => {
  throw new Error("Cannot find package 'prom-client'");
});

it('gives OpenTelemetry its due without prom-client', async () => {
  const { service } = await boot({ imports: [OrchestratorTelemetryModule] });

  expect((await service.getStatus()).state).toBe('running');
});

it('names what is missing where it is asked for', async () => {
  const error = await bootError({
    imports: [OrchestratorModule.forRoot(), OrchestratorMetricsModule],
  });

  expect((error as Error).cause ?? error).toMatchObject({
    message: expect.stringContaining('prom-client'),
  });
});
