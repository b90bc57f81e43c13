import type { JSX } from 'preact';
import { ActionButton } from '../actions/action-button.js';
import type { Run } from '../api/shapes.js';
import { CardHeader } from '../parts/card-header.js';
import { failureText } from '../parts/failure-text.js';
import { RunMark } from '../parts/marks.js';
import { now } from '../state/clock.js';
import { isLive } from '../state/recent-runs.js';
import { formatDuration, formatNumber, formatPercent, formatTime } from '../words/format.js';
import { say, sayOf } from '../words/words.js';
import { WaitList } from '../worker/wait-list.js';

interface Properties {
  readonly run: Run;
  readonly onClose: () => void;
}

/** One run: when, how long, how it ended, and what held it back. */
export function RunCard({ run, onClose }: Properties): JSX.Element {
  const { worker, status, origin, scheduledAt, startedAt, endedAt, attempts, error, why } = run;
  const { progress, waits, missedCount } = run;
  return (
    <aside class="inspector" aria-label={say('run.label', { name: worker })} aria-live="polite">
      <CardHeader name={worker} onClose={onClose} />
      <p class="inspector-state">
        <RunMark status={status} />
        <span class="quiet">{sayOf('origin', origin)}</span>
      </p>
      {progress !== undefined && (
        <p>
          {formatPercent(progress.fraction)} <span class="quiet">{progress.message}</span>
        </p>
      )}
      <dl class="facts">
        <dt>{say('run.due')}</dt>
        <dd>{formatTime(Date.parse(scheduledAt))}</dd>
        {startedAt !== undefined && (
          <>
            <dt>{say('run.lateness')}</dt>
            <dd>{formatDuration(Date.parse(startedAt) - Date.parse(scheduledAt))}</dd>
            <dt>{say('run.duration')}</dt>
            <dd>
              {formatDuration(
                (endedAt === undefined ? now.value : Date.parse(endedAt)) - Date.parse(startedAt),
              )}
            </dd>
          </>
        )}
        {attempts > 1 && (
          <>
            <dt>{say('run.attempts')}</dt>
            <dd>{formatNumber(attempts)}</dd>
          </>
        )}
        {missedCount > 0 && (
          <>
            <dt>{say('run.missed')}</dt>
            <dd>{formatNumber(missedCount)}</dd>
          </>
        )}
      </dl>
      {error !== undefined && <p class="error-text">{failureText(error)}</p>}
      {why !== undefined && <p class="quiet">{why}</p>}
      <WaitList waits={waits} />
      {isLive(run) && (
        <div class="inspector-actions">
          <ActionButton look="words" action={{ kind: 'cancel', worker, run: run.id }} />
        </div>
      )}
    </aside>
  );
}
