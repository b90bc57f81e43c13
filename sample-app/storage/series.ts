import type { Database as LmdbDatabase } from 'lmdb';

export interface Entry {
  readonly at: number;
}

/** `label` tells apart what happened in the same millisecond. */
export type SeriesKey = [at: number, label: string];

/** Entries in the order of their time. Writing one again replaces it. */
export class Series<Item extends Entry> {
  constructor(private readonly store: LmdbDatabase<Item, SeriesKey>) {}

  async put(item: Item, label = ''): Promise<void> {
    await this.store.put([item.at, label], item);
  }

  has(at: number, label = ''): boolean {
    return this.store.doesExist([at, label]);
  }

  since(at: number): Item[] {
    return [...this.store.getRange({ start: [at] }).map(({ value }) => value)];
  }

  last(): Item | undefined {
    const [newest] = this.store.getRange({ reverse: true, limit: 1 });
    return newest?.value;
  }

  async removeBefore(at: number): Promise<void> {
    await this.store.transaction(() => {
      for (const key of this.store.getKeys({ end: [at], snapshot: true }))
        void this.store.remove(key);
    });
  }
}
