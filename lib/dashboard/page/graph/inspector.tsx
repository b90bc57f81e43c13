import type { JSX } from 'preact';
import { WorkerActions } from '../actions/worker-actions.js';
import { CardHeader } from '../parts/card-header.js';
import { StateMark } from '../parts/marks.js';
import { When } from '../parts/when.js';
import { workers } from '../state/board.js';
import { hrefOf } from '../state/route.js';
import { say } from '../words/words.js';
import { ReasonList } from '../worker/reason-list.js';
import { useExplanation } from '../worker/use-explanation.js';

interface Properties {
  readonly name: string;
  readonly onClose: () => void;
}

/** Why the worker that is looked at runs, or does not. */
export function Inspector({ name, onClose }: Properties): JSX.Element | null {
  const worker = workers.value.get(name);
  const explanation = useExplanation(name);
  if (worker === undefined) return null;
  return (
    <aside class="inspector" aria-label={say('inspector.label', { name })}>
      <CardHeader name={name} onClose={onClose} />
      {worker.description !== undefined && <p class="quiet">{worker.description}</p>}
      <p class="inspector-state">
        <StateMark state={worker.state} />
        {worker.nextDueAt !== undefined && (
          <span class="quiet">
            {say('worker.next')} <When at={worker.nextDueAt} />
          </span>
        )}
      </p>
      <div aria-live="polite">
        {explanation !== undefined && <ReasonList explanation={explanation} />}
      </div>
      <div class="inspector-actions">
        <WorkerActions worker={worker} look="icon" />
        <a class="button" href={hrefOf({ view: 'worker', name })}>
          {say('inspector.more')}
        </a>
      </div>
    </aside>
  );
}
