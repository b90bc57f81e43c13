import type { JSX } from 'preact';
import type { Run, Wait, Worker } from '../api/shapes.js';
import { say, sayOf } from '../words/words.js';
import { Icon, type IconName } from './icon.js';

const STATE_ICONS: Readonly<Record<Worker['state'], IconName>> = {
  running: 'play',
  waiting: 'hourglass',
  'backing-off': 'again',
  probing: 'probe',
  idle: 'ring',
  paused: 'pause',
  disabled: 'off',
};

const RUN_ICONS: Readonly<Record<Run['status'], IconName>> = {
  waiting: 'hourglass',
  running: 'play',
  'backing-off': 'again',
  succeeded: 'check',
  failed: 'cross',
  'timed-out': 'clock',
  cancelled: 'stop',
  lost: 'lost',
  skipped: 'skip',
};

/** The state of a worker: by shape, by words, and by colour last. */
export function StateMark({ state }: { readonly state: Worker['state'] }): JSX.Element {
  return (
    <span class={`mark tone-${state}`}>
      <Icon name={STATE_ICONS[state]} />
      {sayOf('state', state)}
    </span>
  );
}

export function StateIcon({ state }: { readonly state: Worker['state'] }): JSX.Element {
  return <Icon name={STATE_ICONS[state]} />;
}

/** What a run is at, or has become. */
export function RunMark({ status }: { readonly status: Run['status'] }): JSX.Element {
  return (
    <span class={`mark tone-${status}`}>
      <Icon name={RUN_ICONS[status]} />
      {sayOf('run', status)}
    </span>
  );
}

/** For eyes alone: beside it stand the words. */
export function ProgressBar({ fraction }: { readonly fraction: number }): JSX.Element {
  return (
    <span class="progress-bar" aria-hidden="true">
      <span style={{ width: `${Math.min(1, Math.max(0, fraction)) * 100}%` }} />
    </span>
  );
}

/** The reason code, and who holds the worker back. */
export function ReasonChip({ wait }: { readonly wait: Wait }): JSX.Element {
  const { reason, heldBy } = wait;
  return (
    <span class="reason" title={sayOf('reason', reason)}>
      <code>{reason}</code>
      {heldBy !== undefined && <span class="held-by">{say('wait.by', { name: heldBy })}</span>}
    </span>
  );
}
