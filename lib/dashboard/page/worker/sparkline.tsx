import type { JSX } from 'preact';
import type { Run } from '../api/shapes.js';
import { formatDuration } from '../words/format.js';
import { say, sayOf } from '../words/words.js';

const HEIGHT = 44;
const STEP = 12;
const MOST = 60;

/** How long the last runs took, oldest first: a bar each, failures told by a cross. */
export function Sparkline({ runs }: { readonly runs: readonly Run[] }): JSX.Element | null {
  const ended = runs
    .flatMap((run) => {
      const { id, status, startedAt, endedAt } = run;
      if (startedAt === undefined || endedAt === undefined) return [];
      return { id, status, durationMs: Date.parse(endedAt) - Date.parse(startedAt) };
    })
    .slice(0, MOST)
    .reverse();
  if (ended.length < 2) return null;
  const longest = Math.max(1, ...ended.map(({ durationMs }) => durationMs));
  const sorted = ended.map(({ durationMs }) => durationMs).sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const width = ended.length * STEP;
  return (
    <figure class="sparkline">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
        {ended.map(({ id, status, durationMs }, index) => {
          const height = Math.max(2, (durationMs / longest) * (HEIGHT - 10));
          const x = index * STEP;
          return (
            <g key={id} class={`tone-${status}`}>
              <title>{`${formatDuration(durationMs)} · ${sayOf('run', status)}`}</title>
              <rect x={x + 1} y={HEIGHT - height} width={STEP - 3} height={height} rx={2} />
              {(status === 'failed' || status === 'timed-out' || status === 'lost') && (
                <path d={`M${x + 3} ${HEIGHT - height - 8}l5 5m0 -5l-5 5`} />
              )}
            </g>
          );
        })}
      </svg>
      <figcaption>
        {say('worker.durations', {
          count: ended.length,
          median: formatDuration(median),
          longest: formatDuration(longest),
        })}
      </figcaption>
    </figure>
  );
}
