import type { JSX } from 'preact';
import type { Run } from '../api/shapes.js';
import { ReasonChip } from '../parts/marks.js';
import { now } from '../state/clock.js';
import { formatDuration } from '../words/format.js';
import { say } from '../words/words.js';

/** What held a run back, and for how long. */
export function WaitList({ waits }: { readonly waits: Run['waits'] }): JSX.Element | null {
  if (waits.length === 0) return null;
  return (
    <ol class="waits" aria-label={say('run.waits')}>
      {waits.map((wait) => (
        <li key={`${wait.reason} ${wait.since}`}>
          <ReasonChip wait={wait} />
          <span class="quiet">
            {formatDuration(
              (wait.until === undefined ? now.value : Date.parse(wait.until)) -
                Date.parse(wait.since),
            )}
          </span>
          {wait.detail !== undefined && <span class="quiet">{wait.detail}</span>}
        </li>
      ))}
    </ol>
  );
}
