import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS, METRICS, type Metric } from '../../lib/metrics/catalogue.js';

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const root = join(import.meta.dirname, '../..');
const NAME = /\borchestrator_\w+/g;

/** The labels of each series that a scrape gives, by its name. */
const SERIES = new Map<string, readonly string[]>([
  ...[COUNTERS, GAUGES].flatMap(labelsByName),
  ...labelsByName(HISTOGRAMS).flatMap(([name, labels]): [string, readonly string[]][] => [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ]),
]);

function labelsByName(metrics: Readonly<Record<string, Metric>>): [string, readonly string[]][] {
  return Object.values(metrics).map(({ name, labels }) => [name, labels]);
}

async function queries(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/grafana-dashboard.json'), 'utf8');
  const { panels, templating } = JSON.parse(text) as Dashboard;
  return [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => query).filter((query) => query !== 'prometheus'),
  ];
}

/** The labels that a query selects or groups by. */
function labelsIn(query: string): string[] {
  const selected = [...query.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label!);
  const grouped = [...query.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, list]) =>
    list!.split(/, */),
  );
  return [...selected, ...grouped];
}

it('queries only series that exist, by labels that they have', async () => {
  for (const query of await queries()) {
    const names = query.match(NAME) ?? [];
    expect(names, query).not.toEqual([]);
    for (const name of names) expect(SERIES.has(name), `${name} in ${query}`).toBe(true);
    const labels = names.flatMap((name) => SERIES.get(name) ?? []);
    expect(labels, query).toEqual(expect.arrayContaining(labelsIn(query)));
  }
});

it('shows every metric', async () => {
  const shown = (await queries()).join('\n');

  for (const { name } of METRICS) expect(shown).toContain(name);
});

it('the README names every metric with its labels, and no other', async () => {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(orchestrator_\w+)` +\|([^|]*)\|/gm)].map(
    ([, name, labels]): [string, string[]] => [name!, labels!.match(/\w+/g) ?? []],
  );

  const all = [COUNTERS, HISTOGRAMS, GAUGES].flatMap(labelsByName);
  expect(new Map(rows)).toEqual(new Map(all));
});
