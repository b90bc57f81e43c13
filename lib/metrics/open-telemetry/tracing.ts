import { context, trace, type Tracer } from '@opentelemetry/api';
import type { OrchestratorEvent, RunContext } from '../../index.js';
import type {
  AttemptId,
  AttemptOutcome,
  Instrumentation,
  RunTakenOver,
} from '../../instrumentation.js';
import { AttemptSpans } from './attempt-spans.js';
import { RunSpans } from './run-spans.js';
import { SpanEnder } from './span-ender.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

/** A span for each run where it is decided about, and its attempts as children of it, wherever they are executed. */
export class Tracing implements Instrumentation {
  private readonly runs: RunSpans;
  private readonly attempts: AttemptSpans;

  /** @param isOfEachReplica whether each replica runs the worker by itself */
  constructor(tracer: Tracer, recordErrors: boolean, isOfEachReplica: (worker: string) => boolean) {
    const ender = new SpanEnder(recordErrors);
    this.runs = new RunSpans(tracer, ender, isOfEachReplica);
    this.attempts = new AttemptSpans(tracer, ender);
  }

  traceparent(): string | undefined {
    return formatTraceparent(trace.getSpanContext(context.active()));
  }

  traceparentOf(runId: string): string | undefined {
    return formatTraceparent(this.runs.contextOf(runId));
  }

  takeOver(run: RunTakenOver): void {
    this.runs.takeOver(run);
  }

  callAttempt(
    run: RunContext,
    traceparent: string | undefined,
    body: () => Promise<unknown>,
  ): Promise<unknown> {
    const parent =
      traceparent === undefined ? this.runs.contextOf(run.runId) : parseTraceparent(traceparent);
    return this.attempts.call(run, parent, body);
  }

  endAttempt(attempt: AttemptId, outcome: AttemptOutcome): void {
    this.attempts.end(attempt, outcome);
  }

  hear(event: OrchestratorEvent): void {
    this.runs.hear(event);
  }
}
