import type { JSX } from 'preact';
import type { Explanation } from '../api/shapes.js';
import { Since, When } from '../parts/when.js';
import { hrefOf } from '../state/route.js';
import { workers } from '../state/board.js';
import { say, sayOf } from '../words/words.js';

/** Everything that holds a worker back; what binds comes first. */
export function ReasonList({ explanation }: { readonly explanation: Explanation }): JSX.Element {
  const { reasons, earliestStartAt, state } = explanation;
  return (
    <div class="reasons">
      {reasons.length === 0 ? (
        <p>{say(state === 'running' || state === 'probing' ? 'explain.runs' : 'explain.free')}</p>
      ) : (
        <ol>
          {reasons.map(({ reason, heldBy, detail, since }, index) => (
            <li key={`${reason} ${heldBy ?? ''}`} class={index === 0 ? 'binding' : ''}>
              <code>{reason}</code>
              <p>
                {sayOf('reason', reason)}
                {heldBy !== undefined && (
                  <>
                    {': '}
                    <HolderName name={heldBy} />
                  </>
                )}
                {detail !== undefined && <span class="quiet"> – {detail}</span>}
                <span class="quiet">
                  {' · '}
                  <Since at={since} />
                </span>
              </p>
            </li>
          ))}
        </ol>
      )}
      {earliestStartAt !== undefined && state !== 'running' && (
        <p class="quiet">
          {say('explain.earliest')} <When at={earliestStartAt} />
        </p>
      )}
    </div>
  );
}

/** A worker, or a group that holds it. */
function HolderName({ name }: { readonly name: string }): JSX.Element {
  if (!workers.value.has(name)) return <strong>{name}</strong>;
  return <a href={hrefOf({ view: 'worker', name })}>{name}</a>;
}
