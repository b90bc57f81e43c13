import type { Fleet, Replica } from '../fleet.js';
import { EVERYBODY } from '../history/event.js';
import type { Witness } from '../history/witness.js';
import type { Plan } from '../plan.js';
import type { StoreUnderTest } from './store-admin.js';

/** All that the nemesis can lay hands on. */
export class Arena {
  /** How many replicas there should be at the moment. */
  size: number;
  private troubles = 0;
  private storeIsFree: Promise<void> = Promise.resolve();

  constructor(
    readonly fleet: Fleet,
    readonly store: StoreUnderTest,
    readonly plan: Plan,
    private readonly witness: Witness,
    readonly usualSize: number,
  ) {
    this.size = usualSize;
  }

  /** Does something to a replica, or to everybody, and lets the witness know for how long. */
  async trouble(fault: string, whose: Replica | undefined, act: () => unknown): Promise<void> {
    const id = this.troubles++;
    const of = whose?.name ?? EVERYBODY;
    await this.witness.write({ is: 'trouble', id, fault, of });
    try {
      await act();
    } finally {
      await this.witness.write({ is: 'relief', id });
    }
  }

  /** Does it once nothing else is done to the store. */
  onStore(act: () => Promise<void>): Promise<void> {
    const done = this.storeIsFree.then(act);
    this.storeIsFree = done.catch(() => undefined);
    return done;
  }

  /** @param which from 0 to 1 */
  victim(which: number): Replica | undefined {
    const { up } = this.fleet;
    return up[Math.floor(which * up.length)] ?? up[0];
  }
}
