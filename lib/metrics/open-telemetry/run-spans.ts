import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { ChurningMap } from '../../core/churning-map.js';
import type { Failure, OrchestratorEvent, RunContext, RunEvent } from '../../index.js';
import type { Instrumentation } from '../../instrumentation.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

interface RunSpan {
  readonly span: Span;
  attempt: { readonly span: Span; readonly number: number } | undefined;
}

type Due = Extract<RunEvent, { type: 'run.due' }>;
type Started = Extract<RunEvent, { type: 'run.started' }>;

interface Ending {
  readonly outcome: string;
  readonly failure?: Failure | undefined;
  readonly attributes?: Attributes;
}

/**
 * A span for each run, from when it is due to its end, with its attempts as children. It belongs to no other trace: a run
 * outlives whoever triggered it, so it has a link to them.
 */
export class RunSpans implements Instrumentation {
  private readonly live = new ChurningMap<RunSpan>();

  constructor(
    private readonly tracer: Tracer,
    private readonly recordErrors: boolean,
  ) {}

  traceparent(): string | undefined {
    return formatTraceparent(trace.getSpanContext(context.active()));
  }

  /** What the worker traces becomes a child of the attempt. */
  callAttempt(run: RunContext, body: () => Promise<unknown>): Promise<unknown> {
    const attempt = this.live.get(run.runId)?.attempt;
    const isThisOne = attempt?.number === run.attempt;
    return context.with(isThisOne ? within(attempt.span) : ROOT_CONTEXT, body);
  }

  hear(event: OrchestratorEvent): void {
    switch (event.type) {
      case 'run.due':
        this.begin(event);
        return;
      case 'run.waiting':
        this.live.get(event.runId)?.span.addEvent('waiting', {
          'orchestrator.reason': event.reason,
          ...(event.heldBy !== undefined && { 'orchestrator.held_by': event.heldBy }),
        });
        return;
      case 'run.started':
        this.beginAttempt(event);
        return;
      case 'run.retrying':
        this.endAttempt(event.runId, { outcome: event.outcome, failure: event.failure });
        return;
      case 'run.succeeded':
        this.end(event.runId, { outcome: 'succeeded' });
        return;
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost':
        this.end(event.runId, { outcome: event.type.slice(4), failure: event.failure });
        return;
      case 'run.cancelled':
        this.end(event.runId, { outcome: 'cancelled' });
        return;
      case 'run.skipped':
        if (event.runId === undefined || event.isStandIn === true) return;
        this.end(event.runId, {
          outcome: 'skipped',
          attributes: { 'orchestrator.reason': event.reason },
        });
    }
  }

  private begin({ worker, runId, scheduledAt, missedCount, traceparent }: Due): void {
    const trigger = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const span = this.tracer.startSpan(
      `run ${worker}`,
      {
        links: trigger === undefined ? [] : [{ context: trigger }],
        attributes: {
          ...identity(worker, runId),
          'orchestrator.run.scheduled_at': scheduledAt.toISOString(),
          'orchestrator.run.missed_count': missedCount,
        },
      },
      ROOT_CONTEXT,
    );
    this.live.set(runId, { span, attempt: undefined });
  }

  private beginAttempt({ worker, runId, attempt: number, latenessMs }: Started): void {
    const run = this.live.get(runId);
    if (run === undefined) return;
    const attributes = {
      ...identity(worker, runId),
      'orchestrator.attempt': number,
      ...(number === 1 && { 'orchestrator.run.lateness_ms': latenessMs }),
    };
    const span = this.tracer.startSpan(`attempt ${worker}`, { attributes }, within(run.span));
    run.attempt = { span, number };
  }

  private endAttempt(runId: string, ending: Ending): void {
    const run = this.live.get(runId);
    if (run?.attempt === undefined) return;
    this.close(run.attempt.span, ending);
    run.attempt = undefined;
  }

  private end(runId: string, ending: Ending): void {
    this.endAttempt(runId, ending);
    const run = this.live.get(runId);
    if (run === undefined) return;
    this.live.delete(runId);
    this.close(run.span, ending);
  }

  private close(span: Span, { outcome, failure, attributes = {} }: Ending): void {
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

function within(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

function identity(worker: string, runId: string): Attributes {
  return { 'orchestrator.worker': worker, 'orchestrator.run.id': runId };
}
