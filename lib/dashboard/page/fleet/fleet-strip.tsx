import type { JSX } from 'preact';
import type { Orchestrator } from '../api/shapes.js';
import { orchestrator } from '../state/board.js';
import { formatNumber } from '../words/format.js';
import { say, sayOf } from '../words/words.js';
import { ReplicaList } from './replica-list.js';

/** How the orchestrator stands as a whole. */
export function FleetStrip(): JSX.Element | null {
  const { value } = orchestrator;
  return value === undefined ? null : <Strip status={value} />;
}

function Strip({ status }: { readonly status: Orchestrator }): JSX.Element {
  const { running, waiting, abandoned, maxConcurrentWorkers, groups, fleet } = status;
  const phase = status.paused && status.state === 'running' ? 'paused' : status.state;
  return (
    <section class="strip" aria-label={say('fleet.label')} tabIndex={0}>
      <dl>
        <div>
          <dt>{say('fleet.state')}</dt>
          <dd class={`phase ${phase}`}>{sayOf('phase', phase)}</dd>
        </div>
        <Meter label={say('fleet.running')} count={running} limit={maxConcurrentWorkers} />
        <div>
          <dt>{say('fleet.waiting')}</dt>
          <dd>{formatNumber(waiting)}</dd>
        </div>
        {abandoned > 0 && (
          <div>
            <dt>{say('fleet.abandoned')}</dt>
            <dd class="bad">{formatNumber(abandoned)}</dd>
          </div>
        )}
        {groups.map(({ name, running: taken, limit }) => (
          <Meter key={name} label={say('fleet.group', { name })} count={taken} limit={limit} />
        ))}
        {fleet !== undefined && (
          <div>
            <dt>{say('fleet.leader')}</dt>
            <dd>{fleet.leader || '–'}</dd>
            <dd class="quiet">{say('fleet.term', { term: fleet.term })}</dd>
          </div>
        )}
      </dl>
      {fleet !== undefined && <ReplicaList fleet={fleet} />}
    </section>
  );
}

interface MeterProperties {
  readonly label: string;
  readonly count: number;
  readonly limit: number;
}

function Meter({ label, count, limit }: MeterProperties): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd class="metered">
        {say('fleet.of', { count: formatNumber(count), limit: formatNumber(limit) })}
        <span class={`meter${count >= limit ? ' full' : ''}`} aria-hidden="true">
          <span style={{ width: `${Math.min(100, (100 * count) / Math.max(1, limit))}%` }} />
        </span>
      </dd>
    </div>
  );
}
