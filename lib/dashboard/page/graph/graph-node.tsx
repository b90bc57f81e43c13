import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import type { Worker } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { ProgressBar, StateIcon } from '../parts/marks.js';
import { When } from '../parts/when.js';
import { say, sayOf } from '../words/words.js';
import type { Point } from './layout.js';

interface Properties {
  readonly worker: Worker;
  readonly place: Point;
  readonly progress: number | undefined;
  /** With how many others it is in conflict, where that is not drawn. */
  readonly conflicts: number;
  readonly isFaded: boolean;
  /** Only one node is reached by Tab; the arrow keys lead on from it. */
  readonly isTabStop: boolean;
}

/** A worker in the graph. Its parent hears what is done with it, and knows it by its `data-name`. */
export const GraphNode = memo(function GraphNode(properties: Properties): JSX.Element {
  const { worker, place, progress, conflicts, isFaded, isTabStop } = properties;
  const { name, state, failures, isOverdue } = worker;
  return (
    <button
      type="button"
      class={`node tone-${state}${isFaded ? ' faded' : ''}${isOverdue ? ' overdue' : ''}`}
      style={{ transform: `translate(${place.x}px, ${place.y}px)` }}
      tabIndex={isTabStop ? 0 : -1}
      data-name={name}
    >
      <span class="node-state">
        <StateIcon state={state} />
      </span>
      <span class="node-name">{name}</span>
      <span class="node-line">
        <NodeLine worker={worker} />
        {progress !== undefined && <ProgressBar fraction={progress} />}
      </span>
      <span class="node-badges">
        {failures > 0 && (
          <span class="badge bad">
            <Icon name="cross" />
            <span class="unseen">{say('table.failures')} </span>
            {failures}
          </span>
        )}
        {conflicts > 0 && (
          <span class="badge">
            <span aria-hidden="true">⊗</span>
            <span class="unseen">{say('graph.conflicts')} </span>
            {conflicts}
          </span>
        )}
      </span>
    </button>
  );
});

function NodeLine({ worker }: { readonly worker: Worker }): JSX.Element {
  const { state, waitingFor, nextDueAt } = worker;
  if (state !== 'running' && waitingFor !== undefined) {
    return (
      <>
        <code>{waitingFor.reason}</code>
        {waitingFor.heldBy !== undefined && <> {say('wait.by', { name: waitingFor.heldBy })}</>}
      </>
    );
  }
  return (
    <>
      {sayOf('state', state)}
      {state === 'idle' && nextDueAt !== undefined && (
        <>
          {' · '}
          <When at={nextDueAt} />
        </>
      )}
    </>
  );
}
