import type { JSX } from 'preact';
import { Icon } from '../parts/icon.js';
import { connection, orchestrator } from '../state/board.js';
import { say } from '../words/words.js';

interface Trouble {
  readonly tone: 'bad' | 'careful';
  readonly text: string;
}

/** What one must know before one believes what is below. */
export function Banners(): JSX.Element {
  const troubles = [...connectionTroubles(), ...orchestratorTroubles()];
  return (
    <div class="banners" role="status">
      {troubles.map(({ tone, text }) => (
        <p key={text} class={`banner ${tone}`}>
          <Icon name={tone === 'bad' ? 'warning' : 'info'} />
          {text}
        </p>
      ))}
    </div>
  );
}

function connectionTroubles(): Trouble[] {
  const { value } = connection;
  if (value.state === 'refused') {
    return [{ tone: 'bad', text: say('banner.refused', { status: value.status }) }];
  }
  if (value.state !== 'lost') return [];
  return [{ tone: 'careful', text: say('banner.lost') }];
}

function orchestratorTroubles(): Trouble[] {
  const { value } = orchestrator;
  if (value === undefined) return [];
  const { engineProblem, state, paused } = value;
  return [
    ...(engineProblem === undefined
      ? []
      : [{ tone: 'bad' as const, text: say('banner.engine', { problem: engineProblem }) }]),
    ...(state === 'running' ? [] : [{ tone: 'careful' as const, text: say(`banner.${state}`) }]),
    ...(paused ? [{ tone: 'careful' as const, text: say('banner.paused') }] : []),
  ];
}
