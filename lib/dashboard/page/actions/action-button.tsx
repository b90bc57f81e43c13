import type { JSX } from 'preact';
import { Icon, type IconName } from '../parts/icon.js';
import { say } from '../words/words.js';
import { ask, isAllowed, type Action } from './action.js';

const ICONS: Readonly<Record<Action['kind'], IconName>> = {
  trigger: 'play',
  enable: 'power',
  disable: 'off',
  pause: 'pause',
  resume: 'again',
  cancel: 'stop',
  'pause-all': 'pause',
  'resume-all': 'play',
};

interface Properties {
  readonly action: Action;
  /** Among many of its kind it is known by its icon. */
  readonly look: 'icon' | 'words';
}

/** Absent where it is not allowed. */
export function ActionButton({ action, look }: Properties): JSX.Element | null {
  if (!isAllowed(action.kind)) return null;
  const words = say(`action.${action.kind}`);
  const name =
    action.worker === undefined ? words : say('action.of', { action: words, name: action.worker });
  return (
    <button
      type="button"
      class={look === 'icon' ? 'icon-button' : 'button'}
      aria-label={name}
      title={name}
      onClick={() => ask(action)}
    >
      <Icon name={ICONS[action.kind]} />
      {look === 'words' && words}
    </button>
  );
}
