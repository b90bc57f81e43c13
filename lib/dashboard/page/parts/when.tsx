import type { JSX } from 'preact';
import { now } from '../state/clock.js';
import { formatDateTime, formatDuration, formatRelative } from '../words/format.js';

/** How far an instant is from now; moves on by itself. */
export function When({ at }: { readonly at: string }): JSX.Element {
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={formatDateTime(instant)}>
      {formatRelative(instant, now.value)}
    </time>
  );
}

/** How long it has been going on. */
export function Since({ at }: { readonly at: string }): JSX.Element {
  return <span>{formatDuration(now.value - Date.parse(at))}</span>;
}
