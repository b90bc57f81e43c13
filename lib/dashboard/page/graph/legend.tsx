import type { JSX } from 'preact';
import { say } from '../words/words.js';

/** What the lines mean. */
export function Legend(): JSX.Element {
  return (
    <ul class="legend" aria-label={say('graph.legend')}>
      <li>
        <svg viewBox="0 0 34 10" aria-hidden="true">
          <path class="line dependency" d="M1 5h26" />
          <path class="head" d="M26 1.5L33 5L26 8.5z" />
        </svg>
        {say('graph.legend.dependency')}
      </li>
      <li>
        <svg viewBox="0 0 34 10" aria-hidden="true">
          <g class="line conflict">
            <path d="M1 5h32" />
            <circle cx="17" cy="5" r="4.4" />
            <path class="cross" d="M15 3l4 4m0 -4l-4 4" />
          </g>
        </svg>
        {say('graph.legend.conflict')}
      </li>
      <li>
        <svg viewBox="0 0 34 10" aria-hidden="true">
          <path class="line dependency holding" d="M1 5h32" />
        </svg>
        {say('graph.legend.holding')}
      </li>
    </ul>
  );
}
