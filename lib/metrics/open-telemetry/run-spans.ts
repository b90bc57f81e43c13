import {
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { ChurningMap } from '../../core/churning-map.js';
import type { OrchestratorEvent, RunEvent } from '../../index.js';
import type { RunTakenOver } from '../../instrumentation.js';
import { identity, type Ending, type SpanEnder } from './span-ender.js';
import { parseTraceparent } from './traceparent.js';

interface LiveSpan {
  readonly span: Span;
  readonly worker: string;
  readonly runId: string;
}

/**
 * A span for each run that is decided about here, from when it is due to its end. It belongs to no other trace: a run
 * outlives whoever triggered it, so it has a link to them.
 */
export class RunSpans {
  private readonly live = new ChurningMap<LiveSpan>();

  constructor(
    private readonly tracer: Tracer,
    private readonly ender: SpanEnder,
    private readonly isOfEachReplica: (worker: string) => boolean,
  ) {}

  contextOf(runId: string): SpanContext | undefined {
    return this.live.get(runId)?.span.spanContext();
  }

  takeOver({ worker, runId, traceparents }: RunTakenOver): void {
    if (this.live.get(runId) === undefined) this.beginLate(worker, runId, {}, traceparents);
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
        this.handOver((worker) => !this.isOfEachReplica(worker));
        return;
      case 'orchestrator.stopped':
        this.handOver(() => true);
    }
  }

  private begin(due: Extract<RunEvent, { type: 'run.due' }>): void {
    const { worker, runId, scheduledAt, missedCount, traceparent } = due;
    const attributes = {
      'orchestrator.run.scheduled_at': scheduledAt.toISOString(),
      'orchestrator.run.missed_count': missedCount,
    };
    this.open(worker, runId, { attributes }, traceparent === undefined ? [] : [traceparent]);
  }

  private of({ worker, runId, at }: RunEvent, sinceMs = 0): Span {
    const startTime = new Date(at.getTime() - sinceMs);
    return this.live.get(runId)?.span ?? this.beginLate(worker, runId, { startTime }, []);
  }

  /** Of a run that was taken over. */
  private beginLate(
    worker: string,
    runId: string,
    options: SpanOptions,
    traceparents: readonly string[],
  ): Span {
    const attributes = { 'orchestrator.run.taken_over': true };
    return this.open(worker, runId, { ...options, attributes }, traceparents);
  }

  private open(
    worker: string,
    runId: string,
    options: SpanOptions,
    traceparents: readonly string[],
  ): Span {
    const links = traceparents
      .map(parseTraceparent)
      .filter((context) => context !== undefined)
      .map((context) => ({ context }));
    const attributes = { ...identity(worker, runId), ...options.attributes };
    const span = this.tracer.startSpan(
      `run ${worker}`,
      { ...options, attributes, links },
      ROOT_CONTEXT,
    );
    this.live.set(runId, { span, worker, runId });
    return span;
  }

  private end(runId: string, ending: Ending): void {
    const live = this.live.get(runId);
    if (live === undefined) return;
    this.live.delete(runId);
    this.ender.end(live.span, ending);
  }

  /** Whoever takes the runs over begins new spans. */
  private handOver(isHandedOver: (worker: string) => boolean): void {
    for (const { span, worker, runId } of this.live.values()) {
      if (!isHandedOver(worker)) continue;
      span.setAttribute('orchestrator.run.handed_over', true);
      span.end();
      this.live.delete(runId);
    }
  }
}
