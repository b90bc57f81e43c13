import type { JSX } from 'preact';
import { hrefOf } from '../state/route.js';
import { say } from '../words/words.js';
import { Icon } from './icon.js';

interface Properties {
  /** The worker that the card is about. */
  readonly name: string;
  readonly onClose: () => void;
}

/** Leads to the worker, and closes the card. */
export function CardHeader({ name, onClose }: Properties): JSX.Element {
  return (
    <header>
      <h2>
        <a href={hrefOf({ view: 'worker', name })}>{name}</a>
      </h2>
      <button
        type="button"
        class="icon-button"
        title={say('ask.close')}
        aria-label={say('ask.close')}
        onClick={onClose}
      >
        <Icon name="cross" />
      </button>
    </header>
  );
}
