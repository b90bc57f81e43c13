import { exponential } from './exponential.js';
import { fixed } from './fixed.js';
import { linear } from './linear.js';

const STRATEGIES = { fixed, linear, exponential };

export type BackoffType = keyof typeof STRATEGIES;
export const BACKOFF_TYPES = Object.keys(STRATEGIES) as readonly BackoffType[];

export interface Backoff {
  readonly type: BackoffType;
  readonly delayMs: number;
  readonly ceilingMs: number;
  readonly jitter: number;
}

/** Whole milliseconds to pause after `failedAttempts` failures; finite however many there were. */
export function backoffDelayMs(
  backoff: Backoff,
  failedAttempts: number,
  random: () => number,
): number {
  const grown = STRATEGIES[backoff.type](backoff.delayMs, failedAttempts);
  const capped = Math.min(grown, backoff.ceilingMs);
  return Math.round(capped * (1 - backoff.jitter * random()));
}
