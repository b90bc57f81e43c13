import type { JSX } from 'preact';
import type { Worker } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { ReasonChip, StateMark } from '../parts/marks.js';
import { Since } from '../parts/when.js';
import { workers } from '../state/board.js';
import { formatNumber } from '../words/format.js';
import { say } from '../words/words.js';

const MOST_SHOWN = 50;

interface Properties {
  readonly onChoose: (name: string) => void;
}

/** What one wants to know first: who waits, for whom and why, and who is in trouble. */
export function Attention({ onChoose }: Properties): JSX.Element {
  const all = [...workers.value.values()];
  const held = all
    .filter(({ waitingFor }) => waitingFor !== undefined)
    .sort((one, other) => (other.waitingMs ?? 0) - (one.waitingMs ?? 0));
  const troubled = all.filter(isTroubled);
  return (
    <div class="attention">
      <section aria-labelledby="held">
        <h2 id="held">
          {say('attention.held')} <span class="quiet">{formatNumber(held.length)}</span>
        </h2>
        {held.length === 0 && <p class="quiet">{say('attention.held.none')}</p>}
        <ul>
          {held.slice(0, MOST_SHOWN).map(({ name, waitingFor, isOverdue }) => (
            <Entry key={name} name={name} onChoose={onChoose}>
              {waitingFor !== undefined && (
                <>
                  <ReasonChip wait={waitingFor} />
                  <span class={isOverdue ? 'bad' : 'quiet'}>
                    <Since at={waitingFor.since} />
                  </span>
                </>
              )}
            </Entry>
          ))}
        </ul>
      </section>
      {troubled.length > 0 && (
        <section aria-labelledby="troubled">
          <h2 id="troubled">
            {say('attention.troubled')} <span class="quiet">{formatNumber(troubled.length)}</span>
          </h2>
          <ul>
            {troubled.slice(0, MOST_SHOWN).map(({ name, state, failures }) => (
              <Entry key={name} name={name} onChoose={onChoose}>
                <StateMark state={state} />
                {failures > 0 && (
                  <span class="flag">
                    <Icon name="cross" />
                    {say('attention.failures', { count: formatNumber(failures) })}
                  </span>
                )}
              </Entry>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface EntryProperties extends Properties {
  readonly name: string;
  readonly children: JSX.Element | (JSX.Element | false)[] | false;
}

function Entry({ name, onChoose, children }: EntryProperties): JSX.Element {
  return (
    <li>
      <button type="button" onClick={() => onChoose(name)}>
        <strong>{name}</strong>
        <span class="attention-line">{children}</span>
      </button>
    </li>
  );
}

function isTroubled({ state, failures, abandoned }: Worker): boolean {
  return state === 'disabled' || state === 'probing' || failures > 0 || abandoned > 0;
}
