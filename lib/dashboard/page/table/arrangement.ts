import type { Worker } from '../api/shapes.js';

export const COLUMNS = ['name', 'state', 'last-run', 'next', 'failures'] as const;
export type Column = (typeof COLUMNS)[number];

/** Which workers are shown, and in what order. */
export interface Arrangement {
  readonly search: string;
  readonly state: Worker['state'] | '';
  readonly tag: string;
  /** Undefined: in the order of registration. */
  readonly sort: { readonly column: Column; readonly isDescending: boolean } | undefined;
}

export const AS_REGISTERED: Arrangement = { search: '', state: '', tag: '', sort: undefined };

/** What an operator looks for first comes first. */
const STATE_ORDER: readonly Worker['state'][] = [
  'disabled',
  'probing',
  'backing-off',
  'waiting',
  'running',
  'paused',
  'idle',
];

const NEVER = Number.MAX_SAFE_INTEGER;

const KEYS: Readonly<Record<Column, (worker: Worker) => string | number>> = {
  name: ({ name }) => name,
  state: ({ state }) => STATE_ORDER.indexOf(state),
  'last-run': ({ lastRun }) => -timeOf(lastRun?.endedAt, 0),
  next: ({ nextDueAt }) => timeOf(nextDueAt, NEVER),
  failures: ({ failures }) => -failures,
};

export function arrange(
  workers: Iterable<Worker>,
  { search, state, tag, sort }: Arrangement,
): Worker[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = [...workers].filter(
    (worker) =>
      (state === '' || worker.state === state) &&
      (tag === '' || worker.tags.includes(tag)) &&
      words.every((word) => textOf(worker).includes(word)),
  );
  if (sort === undefined) return shown;
  const keyOf = KEYS[sort.column];
  const direction = sort.isDescending ? -1 : 1;
  return shown.sort((one, other) => direction * compare(keyOf(one), keyOf(other)));
}

export function tagsOf(workers: Iterable<Worker>): string[] {
  return [...new Set([...workers].flatMap(({ tags }) => tags))].sort(compareTexts);
}

/** First one way, then the other, then as registered. */
export function sortedNext({ sort }: Arrangement, column: Column): Arrangement['sort'] {
  if (sort?.column !== column) return { column, isDescending: false };
  return sort.isDescending ? undefined : { column, isDescending: true };
}

function textOf({ name, description = '', tags }: Worker): string {
  return [name, description, ...tags].join('\n').toLowerCase();
}

function compare(one: string | number, other: string | number): number {
  return typeof one === 'number' ? one - Number(other) : compareTexts(one, String(other));
}

const compareTexts = new Intl.Collator(undefined, { numeric: true }).compare;

function timeOf(at: string | undefined, otherwise: number): number {
  return at === undefined ? otherwise : Date.parse(at);
}
