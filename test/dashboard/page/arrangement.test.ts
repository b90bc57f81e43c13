import { describe, expect, it } from 'vitest';
import type { Worker } from '../../../lib/dashboard/page/api/shapes.js';
import {
  arrange,
  AS_REGISTERED,
  sortedNext,
  tagsOf,
  type Arrangement,
} from '../../../lib/dashboard/page/table/arrangement.js';

const worker = (name: string, more: Partial<Worker> = {}): Worker =>
  ({ name, state: 'idle', tags: [], failures: 0, ...more }) as Worker;

const WORKERS = [
  worker('sync-10', { state: 'running', description: 'copies the Ledger', tags: ['billing'] }),
  worker('sync-9', { state: 'disabled', failures: 3, tags: ['billing', 'night'] }),
  worker('archive', { nextDueAt: '2026-01-01T00:00:10.000Z' }),
  worker('clean', { nextDueAt: '2026-01-01T00:00:05.000Z' }),
];

const names = (arrangement: Partial<Arrangement>): string[] =>
  arrange(WORKERS, { ...AS_REGISTERED, ...arrangement }).map(({ name }) => name);

describe('The table', () => {
  it('is in the order of registration', () => {
    expect(names({})).toEqual(['sync-10', 'sync-9', 'archive', 'clean']);
  });

  it.each([
    ['SYNC', ['sync-10', 'sync-9']],
    ['ledger', ['sync-10']],
    ['night sync', ['sync-9']],
    ['nobody', []],
  ])('finds %j in names, descriptions and tags', (search, found) => {
    expect(names({ search })).toEqual(found);
  });

  it('filters by state and tag', () => {
    expect(names({ tag: 'billing' })).toEqual(['sync-10', 'sync-9']);
    expect(names({ tag: 'billing', state: 'disabled' })).toEqual(['sync-9']);
    expect(tagsOf(WORKERS)).toEqual(['billing', 'night']);
  });

  it.each([
    ['name', ['archive', 'clean', 'sync-9', 'sync-10']],
    ['state', ['sync-9', 'sync-10', 'archive', 'clean']],
    ['next', ['clean', 'archive', 'sync-10', 'sync-9']],
    ['failures', ['sync-9', 'sync-10', 'archive', 'clean']],
  ] as const)('sorts by %s', (column, sorted) => {
    expect(names({ sort: { column, isDescending: false } })).toEqual(sorted);
  });

  it('sorts the other way at the second click, and not at all at the third', () => {
    const first = { ...AS_REGISTERED, sort: sortedNext(AS_REGISTERED, 'name') };
    const second = { ...first, sort: sortedNext(first, 'name') };
    const third = { ...second, sort: sortedNext(second, 'name') };

    expect(first.sort).toEqual({ column: 'name', isDescending: false });
    expect(second.sort).toEqual({ column: 'name', isDescending: true });
    expect(third.sort).toBeUndefined();
  });
});
