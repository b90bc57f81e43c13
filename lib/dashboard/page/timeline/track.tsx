import type { JSX } from 'preact';
import type { Run, Worker } from '../api/shapes.js';
import { now } from '../state/clock.js';
import { marksOf, type RunMarks } from './marks-of-run.js';
import type { Skip } from './use-skips.js';
import { xOf, type Span } from './span.js';

export const TRACK_HEIGHT = 34;

const BAR_TOP = 8;
const BAR_HEIGHT = 17;
const MIDDLE = BAR_TOP + BAR_HEIGHT / 2;
const SKIP_TOP = BAR_TOP + BAR_HEIGHT + 1;
const FAILED: ReadonlySet<Run['status']> = new Set<Run['status']>(['failed', 'timed-out', 'lost']);

interface Properties {
  readonly worker: Worker;
  readonly runs: readonly Run[];
  readonly skips: readonly Skip[];
  readonly span: Span;
  readonly chosen: string | undefined;
}

/** The runs of one worker along time. Its parent hears clicks, and knows a run by its `data-run`. */
export function Track({ worker, runs, skips, span, chosen }: Properties): JSX.Element {
  const nextAt = worker.nextDueAt === undefined ? undefined : Date.parse(worker.nextDueAt);
  return (
    <svg class="track" width={span.width} height={TRACK_HEIGHT} aria-hidden="true">
      {runs.map((run) => {
        const marks = marksOf(run, span, now.value);
        return marks && <Bar key={run.id} marks={marks} isChosen={run.id === chosen} />;
      })}
      {skips.map(({ scheduledAt, reason }) => {
        const x = xOf(Date.parse(scheduledAt), span);
        return x < 0 || x > span.width ? null : (
          <path
            key={`${scheduledAt} ${reason}`}
            class="skip"
            d={`M${x - 2} ${SKIP_TOP}l3 3l-3 3m3 -6l3 3l-3 3`}
          />
        );
      })}
      {nextAt !== undefined && nextAt <= span.to && (
        <path class="next" d={diamond(Math.max(6, xOf(nextAt, span)))} />
      )}
    </svg>
  );
}

function Bar({
  marks,
  isChosen,
}: {
  readonly marks: RunMarks;
  readonly isChosen: boolean;
}): JSX.Element {
  const { id, status, x, width, lateness, progress } = marks;
  return (
    <g class={`bar tone-${status}${isChosen ? ' chosen' : ''}`} data-run={id}>
      {lateness !== undefined && (
        <path
          class="lateness"
          d={`M${lateness.x} ${MIDDLE}h${lateness.width}M${lateness.x} ${MIDDLE - 4}v8`}
        />
      )}
      {/* As high as the track, so that a finger finds it. */}
      <rect class="reach" x={x - 2} y={0} width={width + 4} height={TRACK_HEIGHT} />
      <rect class="body" x={x} y={BAR_TOP} width={width} height={BAR_HEIGHT} rx={3} />
      {progress !== undefined && (
        <rect
          class="progress"
          x={x}
          y={BAR_TOP + BAR_HEIGHT - 4}
          width={width * progress}
          height={4}
          rx={2}
        />
      )}
      {FAILED.has(status) && <FailureMark x={x + width} />}
    </g>
  );
}

/** Told by its shape as well: not everybody sees red. */
function FailureMark({ x }: { readonly x: number }): JSX.Element {
  return <path class="failure" d={`M${x - 3} ${BAR_TOP - 5}l6 6m0 -6l-6 6`} />;
}

function diamond(x: number): string {
  return `M${x} ${MIDDLE - 5}l5 5l-5 5l-5 -5z`;
}
