import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton } from '../actions/action-button.js';
import type { Run } from '../api/shapes.js';
import { failureText } from '../parts/failure-text.js';
import { Icon } from '../parts/icon.js';
import { RunMark } from '../parts/marks.js';
import { runs } from '../state/board.js';
import { now } from '../state/clock.js';
import { isLive, runsOf } from '../state/recent-runs.js';
import { formatInstant, formatDuration, formatNumber, formatPercent } from '../words/format.js';
import { say, sayOf } from '../words/words.js';
import { Sparkline } from './sparkline.js';
import { WaitList } from './wait-list.js';

const FIRST_SHOWN = 15;

interface Properties {
  readonly worker: string;
  /** What the server knew when it was asked; what has come since is newer. */
  readonly known: readonly Run[];
}

/** Past and present runs, newest first; each tells what held it back. */
export function RunHistory({ worker, known }: Properties): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const byId = new Map([...known].reverse().map((run) => [run.id, run]));
  for (const run of runsOf(runs.value, worker)) byId.set(run.id, run);
  const all = [...byId.values()].sort((one, other) => orderOf(other) - orderOf(one));
  const shown = isWhole ? all : all.slice(0, FIRST_SHOWN);
  return (
    <section class="card history" aria-labelledby="history">
      <h3 id="history">{say('worker.history')}</h3>
      {all.length === 0 && <p class="quiet">{say('worker.history.none')}</p>}
      <Sparkline runs={all} />
      <ol class="runs">
        {shown.map((run) => (
          <RunEntry key={run.id} run={run} />
        ))}
      </ol>
      {all.length > shown.length && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          {say('worker.history.more', { count: formatNumber(all.length) })}
        </button>
      )}
    </section>
  );
}

function RunEntry({ run }: { readonly run: Run }): JSX.Element {
  const { id, worker, status, origin, scheduledAt, startedAt, endedAt, attempts, progress } = run;
  const { error, why, waits } = run;
  const due = Date.parse(scheduledAt);
  const start = startedAt === undefined ? undefined : Date.parse(startedAt);
  const end = endedAt === undefined ? now.value : Date.parse(endedAt);
  return (
    <li class="run">
      <span class="run-status">
        <RunMark status={status} />
      </span>
      <time dateTime={scheduledAt}>{formatInstant(due, now.value)}</time>
      <span class="quiet">{sayOf('origin', origin)}</span>
      <span class="run-time">
        {start !== undefined && (
          <>
            <Icon name="clock" />
            <span class="unseen">{say('run.duration')} </span>
            {formatDuration(end - start)}
            {start - due >= 1 && (
              <span class="quiet"> {say('run.late', { time: formatDuration(start - due) })}</span>
            )}
          </>
        )}
        {attempts > 1 && (
          <span class="quiet"> {say('run.attempt', { count: formatNumber(attempts) })}</span>
        )}
      </span>
      {isLive(run) && <ActionButton look="icon" action={{ kind: 'cancel', worker, run: id }} />}
      {isLive(run) && progress !== undefined && (
        <span class="run-progress">
          <progress value={progress.fraction} max={1} aria-label={say('run.progress')} />
          {formatPercent(progress.fraction)} <span class="quiet">{progress.message}</span>
        </span>
      )}
      {error !== undefined && <p class="error-text">{failureText(error)}</p>}
      {why !== undefined && <p class="quiet">{why}</p>}
      <WaitList waits={waits} />
    </li>
  );
}

function orderOf({ startedAt, scheduledAt, endedAt }: Run): number {
  return Date.parse(endedAt === undefined ? '9999-12-31' : (startedAt ?? scheduledAt));
}
