import { OptionsError } from 'nestjs-orchestrator';
import {
  OrchestratorMetricsModule,
  OrchestratorTelemetryModule,
} from 'nestjs-orchestrator/metrics';
import { expect, it } from 'vitest';

it.each([
  [OrchestratorMetricsModule, { guard: class {} }, 'guard'],
  [OrchestratorMetricsModule, 'metrics', 'options'],
  [OrchestratorTelemetryModule, { recordError: true }, 'recordError'],
])(
  'Options that there are not are refused, as a misspelt one would do nothing',
  (module, options, option) => {
    const configure = (): unknown => module.forRoot(options as never);
    expect(configure).toThrow(OptionsError);
    expect(configure).toThrow(`${module.name}.forRoot(): ${option} = `);
  },
);
