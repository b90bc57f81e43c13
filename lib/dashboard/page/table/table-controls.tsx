import type { JSX } from 'preact';
import type { Worker } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { formatNumber } from '../words/format.js';
import { say } from '../words/words.js';
import type { Arrangement } from './arrangement.js';

const STATES: readonly Worker['state'][] = [
  'running',
  'waiting',
  'backing-off',
  'probing',
  'idle',
  'paused',
  'disabled',
];

interface Properties {
  readonly arrangement: Arrangement;
  readonly tags: readonly string[];
  readonly shown: number;
  readonly total: number;
  readonly onChange: (changed: Partial<Arrangement>) => void;
}

/** Search and filters. */
export function TableControls(properties: Properties): JSX.Element {
  const { arrangement, tags, shown, total, onChange } = properties;
  const { search, state, tag } = arrangement;
  return (
    <div class="controls" role="search">
      <label class="search">
        <span class="unseen">{say('table.search')}</span>
        <Icon name="search" />
        <input
          type="search"
          value={search}
          placeholder={say('table.search.hint')}
          onInput={({ currentTarget }) => onChange({ search: currentTarget.value })}
        />
      </label>
      <label class="filter">
        {say('table.filter.state')}
        <select
          value={state}
          onChange={({ currentTarget }) =>
            onChange({ state: currentTarget.value as Arrangement['state'] })
          }
        >
          <option value="">{say('table.filter.all')}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {say(`state.${each}`)}
            </option>
          ))}
        </select>
      </label>
      {tags.length > 0 && (
        <label class="filter">
          {say('table.filter.tag')}
          <select
            value={tag}
            onChange={({ currentTarget }) => onChange({ tag: currentTarget.value })}
          >
            <option value="">{say('table.filter.all')}</option>
            {tags.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class="count" role="status">
        {say('table.count', { count: formatNumber(shown), total: formatNumber(total) })}
      </span>
    </div>
  );
}
