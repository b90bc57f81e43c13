import type { Run } from '../api/shapes.js';
import { isLive } from '../state/recent-runs.js';
import { xOf, type Span } from './span.js';

const LEAST_WIDTH = 4;
/** A start as late as that is drawn as soon as there is room for it. */
const LEAST_LATENESS_PX = 3;

/** How a run is drawn: from when it was due to when it ended. */
export interface RunMarks {
  readonly id: string;
  readonly status: Run['status'];
  readonly x: number;
  readonly width: number;
  /** From due to start, or to now. */
  readonly lateness: { readonly x: number; readonly width: number } | undefined;
  readonly progress: number | undefined;
}

/** Nothing where it lies outside of the span. */
export function marksOf(run: Run, span: Span, nowAt: number): RunMarks | undefined {
  const dueAt = Date.parse(run.scheduledAt);
  const endAt = run.endedAt === undefined ? nowAt : Date.parse(run.endedAt);
  const startAt = run.startedAt === undefined ? endAt : Date.parse(run.startedAt);
  if (Math.max(endAt, startAt) < span.from || Math.min(dueAt, startAt) > span.to) return undefined;
  const x = Math.max(-LEAST_WIDTH, xOf(startAt, span));
  const latenessX = Math.max(0, xOf(dueAt, span));
  return {
    id: run.id,
    status: run.status,
    x,
    width: Math.max(LEAST_WIDTH, xOf(endAt, span) - x),
    lateness:
      x - latenessX < LEAST_LATENESS_PX ? undefined : { x: latenessX, width: x - latenessX },
    progress: isLive(run) ? run.progress?.fraction : undefined,
  };
}
