import type { HoldReason } from '../reason-code.js';

/** What holds a run back at the moment. */
export interface Hold {
  readonly reason: HoldReason;
  /** The worker or group in the way, where there is one. */
  readonly heldBy?: string;
  /** More, for people. */
  readonly detail?: string;
}

/** One stretch of a run's waiting. Instants are steady time. */
export interface HoldPeriod {
  readonly hold: Hold;
  readonly since: number;
  /** Since when for this reason, whoever was in the way. */
  readonly reasonSince: number;
  until: number | undefined;
}
