import type { JSX } from 'preact';
import { Icon } from '../parts/icon.js';
import { say } from '../words/words.js';
import type { Fleet } from './fleet.js';

/** Who runs what. */
export function ReplicaList({ fleet }: { readonly fleet: Fleet }): JSX.Element | null {
  const { replicas = [], leader } = fleet;
  if (replicas.length === 0) return null;
  return (
    <ul class="replicas" aria-label={say('fleet.replicas')}>
      {replicas.map(({ id, role, running = [] }) => (
        <li key={id}>
          {id === leader && <Icon name="crown" />}
          <strong>{id}</strong>
          {id === leader && <span class="unseen">{say('fleet.leader')}</span>}
          {role !== undefined && <span class="tag">{role}</span>}
          <span class="quiet">
            {running.length === 0
              ? say('fleet.runs.none')
              : say('fleet.runs', { names: running.join(', ') })}
          </span>
        </li>
      ))}
    </ul>
  );
}
