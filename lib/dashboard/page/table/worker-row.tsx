import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { WorkerActions } from '../actions/worker-actions.js';
import type { Run, Worker } from '../api/shapes.js';
import { failureText } from '../parts/failure-text.js';
import { Icon } from '../parts/icon.js';
import { ProgressBar, ReasonChip, RunMark, StateMark } from '../parts/marks.js';
import { When } from '../parts/when.js';
import { hrefOf } from '../state/route.js';
import { formatDuration, formatNumber } from '../words/format.js';
import { say } from '../words/words.js';

interface Properties {
  readonly worker: Worker;
  readonly progress: number | undefined;
  readonly index: number;
  readonly top: number;
}

/** A worker in a line; drawn again only where something of it has changed. */
export const WorkerRow = memo(function WorkerRow(properties: Properties): JSX.Element {
  const { worker, progress, index, top } = properties;
  const { name, description, tags, lastRun, nextDueAt, failures } = worker;
  return (
    <div
      class="row"
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="cell" class="name">
        <span class="name-line">
          <a href={hrefOf({ view: 'worker', name })} title={name}>
            {name}
          </a>
          {tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </span>
        {description !== undefined && (
          <span class="description" title={description}>
            {description}
          </span>
        )}
      </div>
      <div role="cell" class="state">
        <StateCell worker={worker} />
        {progress !== undefined && <ProgressBar fraction={progress} />}
      </div>
      <div role="cell" class="last-run">
        {lastRun === undefined ? <None /> : <LastRun run={lastRun} />}
      </div>
      <div role="cell" class="next">
        {nextDueAt === undefined ? <None /> : <When at={nextDueAt} />}
      </div>
      <div role="cell" class="failures">
        {failures === 0 ? <None /> : <span class="bad">{formatNumber(failures)}</span>}
      </div>
      <div role="cell" class="actions">
        <WorkerActions worker={worker} look="icon" />
      </div>
    </div>
  );
});

function StateCell({ worker }: { readonly worker: Worker }): JSX.Element {
  const { state, waitingFor, waiting, isOverdue, abandoned, disabledReason } = worker;
  return (
    <>
      <StateMark state={state} />
      {waitingFor !== undefined && <ReasonChip wait={waitingFor} />}
      {state === 'disabled' && disabledReason !== undefined && (
        <span class="quiet" title={disabledReason}>
          {disabledReason}
        </span>
      )}
      {waiting > 1 && (
        <span class="quiet">{say('table.waits', { count: formatNumber(waiting) })}</span>
      )}
      {isOverdue && (
        <span class="flag">
          <Icon name="warning" />
          {say('table.overdue')}
        </span>
      )}
      {abandoned > 0 && <span class="flag">{say('table.abandoned', { count: abandoned })}</span>}
    </>
  );
}

function LastRun({ run }: { readonly run: Run }): JSX.Element {
  const { status, startedAt, endedAt, error } = run;
  return (
    <span class="last" title={error === undefined ? undefined : failureText(error)}>
      <RunMark status={status} />
      <span class="quiet">
        {endedAt !== undefined && <When at={endedAt} />}
        {startedAt !== undefined && endedAt !== undefined && (
          <> · {formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}</>
        )}
      </span>
    </span>
  );
}

function None(): JSX.Element {
  return <span class="none">–</span>;
}
