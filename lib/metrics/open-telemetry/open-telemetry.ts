import type { OnModuleDestroy } from '@nestjs/common';
import { metrics, trace } from '@opentelemetry/api';
import { OptionsError, type OrchestratorService } from '../../index.js';
import type { Orchestration } from '../../orchestration.js';
import type { OrchestratorTelemetryOptions } from '../metrics-options.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { Instruments } from './instruments.js';
import { Tracing } from './tracing.js';

const SCOPE = 'nestjs-orchestrator';

/** Metrics and spans by the application's own OpenTelemetry set-up; without one, they go nowhere. */
export class OpenTelemetry implements OnModuleDestroy {
  private readonly workers: WorkerMetrics;
  private readonly stopObserving: () => void;
  private readonly unfollow: () => void;

  /** @throws OptionsError where another import counts already: everything would count twice */
  constructor(
    orchestrator: OrchestratorService,
    orchestration: Orchestration,
    { maxWorkerLabels, recordErrors = false }: OrchestratorTelemetryOptions,
  ) {
    if (orchestration.isInstrumented) {
      throw new OptionsError(
        ...(['OrchestratorTelemetryModule', 'imports', 2] as const),
        'import it once, in the root module',
      );
    }
    const instruments = new Instruments(metrics.getMeter(SCOPE));
    this.workers = new WorkerMetrics(orchestrator, orchestration, instruments, maxWorkerLabels);
    this.stopObserving = instruments.observeGauges(() => this.workers.readGauges());

    const tracing = new Tracing(trace.getTracer(SCOPE), recordErrors, (worker) =>
      orchestration.isOfEachReplica(worker),
    );
    orchestration.instrument(tracing);
    this.unfollow = orchestration.follow((event) => {
      tracing.hear(event);
    });
  }

  onModuleDestroy(): void {
    this.stopObserving();
    this.unfollow();
    this.workers.close();
  }
}
