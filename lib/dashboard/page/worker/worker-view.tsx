import type { JSX } from 'preact';
import { WorkerActions } from '../actions/worker-actions.js';
import type { Worker } from '../api/shapes.js';
import { failureText } from '../parts/failure-text.js';
import { Icon } from '../parts/icon.js';
import { StateMark } from '../parts/marks.js';
import { When } from '../parts/when.js';
import { workers } from '../state/board.js';
import { hrefOf } from '../state/route.js';
import { formatNumber } from '../words/format.js';
import { say } from '../words/words.js';
import { Options } from './options.js';
import { ReasonList } from './reason-list.js';
import { RunHistory } from './run-history.js';
import { SkipList } from './skip-list.js';
import { useDetails } from './use-details.js';
import { useExplanation } from './use-explanation.js';

export function WorkerPage({ name }: { readonly name: string }): JSX.Element {
  const worker = workers.value.get(name);
  return (
    <div class="scroller">
      <article class="worker-page">
        <a class="back" href={hrefOf({ view: 'workers' })}>
          <Icon name="back" />
          {say('view.workers')}
        </a>
        {worker === undefined ? (
          <p class="empty">{say('worker.unknown', { name })}</p>
        ) : (
          <Details worker={worker} />
        )}
      </article>
    </div>
  );
}

function Details({ worker }: { readonly worker: Worker }): JSX.Element {
  const explanation = useExplanation(worker.name);
  const details = useDetails(worker.name);
  return (
    <>
      <header class="worker-head">
        <div>
          <h2>{worker.name}</h2>
          {worker.description !== undefined && <p class="quiet">{worker.description}</p>}
          <p class="worker-state">
            <StateMark state={worker.state} />
            {worker.isOverdue && (
              <span class="flag">
                <Icon name="warning" />
                {say('table.overdue')}
              </span>
            )}
            {worker.tags.map((tag) => (
              <span key={tag} class="tag">
                {tag}
              </span>
            ))}
          </p>
        </div>
        <div class="worker-buttons">
          <WorkerActions worker={worker} look="words" />
        </div>
      </header>
      <div class="cards">
        <section class="card why" aria-labelledby="why">
          <h3 id="why">{say('worker.why')}</h3>
          {explanation !== undefined && <ReasonList explanation={explanation} />}
          {worker.disabledReason !== undefined && (
            <p class="quiet">
              {worker.disabledReason}
              {worker.disabledAt !== undefined && (
                <>
                  {' · '}
                  <When at={worker.disabledAt} />
                </>
              )}
            </p>
          )}
          {worker.probeAt !== undefined && (
            <p class="quiet">
              {say('worker.probe')} <When at={worker.probeAt} />
            </p>
          )}
          <dl class="facts">
            <Fact word="worker.next" at={worker.nextDueAt} />
            <Fact word="worker.last-success" at={worker.lastSuccess} />
          </dl>
        </section>
        <section class="card" aria-labelledby="numbers">
          <h3 id="numbers">{say('worker.numbers')}</h3>
          <Counts worker={worker} />
        </section>
        {worker.lastError !== undefined && (
          <section class="card" aria-labelledby="last-error">
            <h3 id="last-error">{say('worker.last-error')}</h3>
            <p class="error-text code">{failureText(worker.lastError)}</p>
            {worker.lastError.message === undefined && (
              <p class="quiet">{say('worker.last-error.hidden')}</p>
            )}
          </section>
        )}
      </div>
      <RunHistory worker={worker.name} known={details?.runs ?? []} />
      {explanation !== undefined && explanation.skipped.length > 0 && (
        <SkipList skips={explanation.skipped} />
      )}
      {details !== undefined && <Options options={details.options} />}
    </>
  );
}

interface FactProperties {
  readonly word: 'worker.next' | 'worker.last-success';
  readonly at: string | undefined;
}

function Fact({ word, at }: FactProperties): JSX.Element | null {
  if (at === undefined) return null;
  return (
    <>
      <dt>{say(word)}</dt>
      <dd>
        <When at={at} />
      </dd>
    </>
  );
}

const COUNTED = [
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
  'retried',
] as const;

function Counts({ worker: { counts, failures } }: { readonly worker: Worker }): JSX.Element {
  return (
    <dl class="counts">
      {COUNTED.filter((each) => counts[each] > 0 || each === 'succeeded').map((each) => (
        <div key={each} class={`tone-${each}`}>
          <dd>{formatNumber(counts[each])}</dd>
          <dt>{say(each === 'retried' ? 'worker.retried' : `run.${each}`)}</dt>
        </div>
      ))}
      {failures > 0 && (
        <div class="tone-failed">
          <dd>{formatNumber(failures)}</dd>
          <dt>{say('table.failures')}</dt>
        </div>
      )}
    </dl>
  );
}
