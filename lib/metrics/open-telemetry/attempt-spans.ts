import { context, trace, type Span, type SpanContext, type Tracer } from '@opentelemetry/api';
import { ChurningMap } from '../../core/churning-map.js';
import type { RunContext } from '../../index.js';
import type { AttemptId, AttemptOutcome } from '../../instrumentation.js';
import { identity, within, type SpanEnder } from './span-ender.js';

/** A span for each attempt that is executed here, whose run may be decided about elsewhere. */
export class AttemptSpans {
  private readonly live = new ChurningMap<Span>();

  constructor(
    private readonly tracer: Tracer,
    private readonly ender: SpanEnder,
  ) {}

  /** What the body traces becomes a child of the attempt. */
  call<Result>(run: RunContext, parent: SpanContext | undefined, body: () => Result): Result {
    const { runId, worker, attempt: number } = run;
    const attributes = { ...identity(worker, runId), 'orchestrator.attempt': number };
    const span = this.tracer.startSpan(`attempt ${worker}`, { attributes }, within(parent));
    this.live.set(keyOf({ runId, number }), span);
    return context.with(trace.setSpan(within(parent), span), body);
  }

  end(attempt: AttemptId, outcome: AttemptOutcome): void {
    const span = this.live.get(keyOf(attempt));
    if (span === undefined) return;
    this.live.delete(keyOf(attempt));
    const failure = 'failure' in outcome ? outcome.failure : undefined;
    this.ender.end(span, { outcome: outcome.status, failure });
  }
}

function keyOf({ runId, number }: AttemptId): string {
  return `${runId}.${String(number)}`;
}
