import type { Alarms } from '../../execution/alarms.js';
import type { EngineHost } from '../engine.js';
import type { Message } from './messages.js';
import type { Store } from './store.js';

/** What a replica gives the time in which it leads. */
export interface ReignSurroundings {
  readonly host: EngineHost;
  readonly store: Store;
  readonly alarms: Alarms;
  readonly term: number;
  readonly replica: string;
  readonly leaseMs: number;
  readonly patienceMs: number;
  /** Whether it may decide now. */
  readonly isHeld: () => boolean;
  /** The store's wall clock minus this process's steady time. */
  readonly wallOffset: () => number;
  /** How far the clock of any replica was behind this one's at any time since then. */
  readonly mostBehindMs: (withinMs: number) => number;
  readonly hearOwn: (message: Message) => void;
  /** Whether somebody else has led since this replica is there. */
  readonly hasFollowed: boolean;
}
