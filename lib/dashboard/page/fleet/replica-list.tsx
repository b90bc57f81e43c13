import type { JSX } from 'preact';
import type { Fleet } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { say } from '../words/words.js';

/** Who runs what. */
export function ReplicaList({ fleet }: { readonly fleet: Fleet }): JSX.Element {
  return (
    <ul class="replicas" aria-label={say('fleet.replicas')}>
      {fleet.replicas.map(({ id, host, pid, role, isLeader, running }) => (
        <li key={id}>
          {isLeader && <Icon name="crown" />}
          <strong title={`${host}, ${String(pid)}`}>{id}</strong>
          {isLeader && <span class="unseen">{say('fleet.leader')}</span>}
          <span class="tag">{role}</span>
          <span class="quiet">
            {running.length === 0
              ? say('fleet.runs.none')
              : say('fleet.runs', { names: namesOf(running) })}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Of the workers, each once. */
function namesOf(running: Fleet['replicas'][number]['running']): string {
  return [...new Set(running.map(({ worker }) => worker))].join(', ');
}
