import type { JSX } from 'preact';
import type { Explanation } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { now } from '../state/clock.js';
import { formatInstant, formatNumber } from '../words/format.js';
import { say, sayOf } from '../words/words.js';

/** Due instants that started nothing, and why. */
export function SkipList({ skips }: { readonly skips: Explanation['skipped'] }): JSX.Element {
  return (
    <section class="card" aria-labelledby="skips">
      <h3 id="skips">{say('worker.skips')}</h3>
      <ol class="runs">
        {skips.map(({ at, scheduledAt, count, reason, why }, index) => (
          <li key={`${at} ${index}`} class="run">
            <span class="run-status">
              <span class="mark tone-skipped">
                <Icon name="skip" />
                {say('run.skipped')}
              </span>
            </span>
            <time dateTime={scheduledAt}>{formatInstant(Date.parse(scheduledAt), now.value)}</time>
            <span class="reason">
              <code>{reason}</code>
              <span class="held-by">{sayOf('reason', reason)}</span>
            </span>
            {count > 1 && (
              <span class="quiet">{say('worker.skips.count', { count: formatNumber(count) })}</span>
            )}
            {why !== undefined && <p class="quiet">{why}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
