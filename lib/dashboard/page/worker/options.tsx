import type { JSX } from 'preact';
import type { WorkerDetails } from '../api/shapes.js';
import { formatDuration, formatNumber } from '../words/format.js';
import { say, sayOf } from '../words/words.js';

/** The options as they hold, by the names that they have in code. */
export function Options({ options }: Pick<WorkerDetails, 'options'>): JSX.Element {
  const { schedule, ...others } = options;
  const entries: [string, unknown][] = [...Object.entries(schedule), ...Object.entries(others)];
  return (
    <section class="card" aria-labelledby="options">
      <h3 id="options">{say('worker.options')}</h3>
      <dl class="options">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>
              <code>{name.replace(/Ms$/, '')}</code>
            </dt>
            <dd>{textOf(name, value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function textOf(name: string, value: unknown): string {
  if (name === 'priority') return sayOf('priority', String(value));
  if (typeof value === 'number') {
    return name.endsWith('Ms') ? formatDuration(value) : formatNumber(value);
  }
  if (typeof value === 'boolean') return say(value ? 'option.yes' : 'option.no');
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(itemText).join(', ');
  return typeof value === 'object' && value !== null ? partsOf(value) : '–';
}

/** A name, or a dependency with its condition. */
function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { worker, condition } = item as { readonly worker?: unknown; readonly condition?: unknown };
  return `${String(worker)} (${String(condition)})`;
}

/** An option that has parts of its own. */
function partsOf(value: object): string {
  return Object.entries(value)
    .map(([name, part]: [string, unknown]) =>
      name === 'type' ? String(part) : `${name.replace(/Ms$/, '')} ${textOf(name, part)}`,
    )
    .join(', ');
}
