import { ROOT_CONTEXT, type Span, type SpanContext, type Tracer } from '@opentelemetry/api';
import { ChurningMap } from '../../core/churning-map.js';
import type { OrchestratorEvent, RunEvent } from '../../index.js';
import { identity, type Ending, type SpanEnder } from './span-ender.js';
import { parseTraceparent } from './traceparent.js';

/**
 * A span for each run that is decided about here, from when it is due to its end. It belongs to no other trace: a run
 * outlives whoever triggered it, so it has a link to them.
 */
export class RunSpans {
  private readonly live = new ChurningMap<Span>();

  constructor(
    private readonly tracer: Tracer,
    private readonly ender: SpanEnder,
  ) {}

  contextOf(runId: string): SpanContext | undefined {
    return this.live.get(runId)?.spanContext();
  }

  hear(event: OrchestratorEvent): void {
    switch (event.type) {
      case 'run.due':
        this.begin(event);
        return;
      case 'run.waiting':
        this.of(event).addEvent('waiting', {
          'orchestrator.reason': event.reason,
          ...(event.heldBy !== undefined && { 'orchestrator.held_by': event.heldBy }),
        });
        return;
      case 'run.started': {
        const span = this.of(event);
        if (event.attempt === 1)
          span.setAttribute('orchestrator.run.lateness_ms', event.latenessMs);
        return;
      }
      case 'run.succeeded':
        this.of(event, event.durationMs);
        this.end(event.runId, { outcome: 'succeeded' });
        return;
      case 'run.failed':
      case 'run.timed-out':
      case 'run.lost':
        this.of(event, event.durationMs);
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
        return;
      case 'leader.lost':
      case 'orchestrator.stopped':
        this.handOver();
    }
  }

  private begin(due: Extract<RunEvent, { type: 'run.due' }>): void {
    const { worker, runId, scheduledAt, missedCount, traceparent } = due;
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
    this.live.set(runId, span);
  }

  /** Of a run that was taken over, it begins late. */
  private of({ worker, runId, at }: RunEvent, sinceMs = 0): Span {
    const known = this.live.get(runId);
    if (known !== undefined) return known;
    const span = this.tracer.startSpan(
      `run ${worker}`,
      {
        startTime: new Date(at.getTime() - sinceMs),
        attributes: { ...identity(worker, runId), 'orchestrator.run.taken_over': true },
      },
      ROOT_CONTEXT,
    );
    this.live.set(runId, span);
    return span;
  }

  private end(runId: string, ending: Ending): void {
    const span = this.live.get(runId);
    if (span === undefined) return;
    this.live.delete(runId);
    this.ender.end(span, ending);
  }

  /** Whoever takes the runs over begins new spans. */
  private handOver(): void {
    for (const span of this.live.values()) {
      span.setAttribute('orchestrator.run.handed_over', true);
      span.end();
    }
    this.live.clear();
  }
}
