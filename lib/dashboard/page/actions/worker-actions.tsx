import type { JSX } from 'preact';
import type { Worker } from '../api/shapes.js';
import { ActionButton } from './action-button.js';

interface Properties {
  readonly worker: Pick<Worker, 'name' | 'enabled' | 'state'>;
  readonly look: 'icon' | 'words';
}

/** What may be done to a worker, as it stands. */
export function WorkerActions({ worker, look }: Properties): JSX.Element {
  const { name, enabled, state } = worker;
  return (
    <>
      <ActionButton look={look} action={{ kind: 'trigger', worker: name }} />
      <ActionButton
        look={look}
        action={{ kind: state === 'paused' ? 'resume' : 'pause', worker: name }}
      />
      <ActionButton look={look} action={{ kind: enabled ? 'disable' : 'enable', worker: name }} />
    </>
  );
}
