import type { Arena } from './arena.js';
import type { StoreKind } from './store-admin.js';

/** One thing that goes wrong, and is put right again. */
export interface Fault {
  readonly name: string;
  /** The one store that knows it, where not both do. */
  readonly store?: StoreKind;
  /**
   * @param which whom it hits, from 0 to 1
   * @param strength how hard, from 0 to 1
   */
  strike(arena: Arena, which: number, strength: number): Promise<void>;
}

export function between(least: number, most: number, strength: number): number {
  return Math.round(least + (most - least) * strength);
}
