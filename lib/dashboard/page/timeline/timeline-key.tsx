import type { JSX } from 'preact';
import { say } from '../words/words.js';

/** What the shapes mean. */
export function TimelineKey(): JSX.Element {
  return (
    <ul class="timeline-key" aria-label={say('graph.legend')}>
      <li>
        <svg viewBox="0 0 30 12" aria-hidden="true">
          <path class="lateness" d="M1 6h12M1 3v6" />
          <rect class="body" x="13" y="1" width="16" height="10" rx="2" />
        </svg>
        {say('timeline.key.lateness')}
      </li>
      <li>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path class="failure" d="M3 3l6 6m0 -6l-6 6" />
        </svg>
        {say('timeline.key.failure')}
      </li>
      <li>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path class="skip" d="M2 2l4 4l-4 4m4 -8l4 4l-4 4" />
        </svg>
        {say('timeline.key.skip')}
      </li>
      <li>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path class="next" d="M6 1l5 5l-5 5l-5 -5z" />
        </svg>
        {say('timeline.key.next')}
      </li>
    </ul>
  );
}
