import type { ClassicLevel } from 'classic-level';

export interface Entry {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Entries in the order of their time. Writing one again replaces it. */
export class Series<Item extends Entry> {
  private readonly level: ReturnType<typeof sublevelOf<Item>>;

  constructor(database: ClassicLevel, name: string) {
    this.level = sublevelOf<Item>(database, name);
  }

  /** @param label tells apart what happened in the same millisecond */
  async put(item: Item, label = ''): Promise<void> {
    await this.level.put(keyOf(item.at, label), item);
  }

  async has(at: number, label = ''): Promise<boolean> {
    return this.level.has(keyOf(at, label));
  }

  async since(at: number): Promise<Item[]> {
    return this.level.values({ gte: keyOf(at) }).all();
  }

  async last(): Promise<Item | undefined> {
    const [newest] = await this.level.values({ reverse: true, limit: 1 }).all();
    return newest;
  }

  async removeBefore(at: number): Promise<void> {
    await this.level.clear({ lt: keyOf(at) });
  }
}

function sublevelOf<Item>(database: ClassicLevel, name: string) {
  return database.sublevel<string, Item>(name, { valueEncoding: 'json' });
}

function keyOf(at: number, label = ''): string {
  return `${new Date(at).toISOString()} ${label}`;
}
