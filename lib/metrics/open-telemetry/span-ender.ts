import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import type { Failure } from '../../index.js';

/** How a run or an attempt ended. */
export interface Ending {
  readonly outcome: string;
  readonly failure?: Failure | undefined;
  readonly attributes?: Attributes;
}

/** Ends spans such that they tell how what they show has ended. */
export class SpanEnder {
  constructor(private readonly recordErrors: boolean) {}

  end(span: Span, { outcome, failure, attributes = {} }: Ending): void {
    span.setAttributes({ ...attributes, 'orchestrator.outcome': outcome });
    if (outcome === 'failed' || outcome === 'timed-out' || outcome === 'lost') {
      span.setAttribute('error.type', failure?.name ?? outcome);
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (failure !== undefined && this.recordErrors) {
        span.recordException({ name: failure.name, message: failure.message });
      }
    }
    span.end();
  }
}

export function within(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

export function identity(worker: string, runId: string): Attributes {
  return { 'orchestrator.worker': worker, 'orchestrator.run.id': runId };
}
