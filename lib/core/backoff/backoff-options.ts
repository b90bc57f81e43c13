import type { Duration } from '../duration.js';

/** Pause before another attempt. @publicApi */
export interface BackoffOptions {
  /** How the pause grows with the number of failed attempts. @default 'exponential' */
  readonly type?: 'fixed' | 'linear' | 'exponential';
  /** Pause after the first failed attempt. @default '1s' */
  readonly delay?: Duration;
  /** Longest pause. @default '30s', or `delay` where that is longer */
  readonly ceiling?: Duration;
  /** Share of the pause that is random, 0 to 1: a pause of 10 s with jitter 0.2 lasts 8 to 10 s. @default 0.2 */
  readonly jitter?: number;
}
